"""Certbot, which asks again as often as an authority refuses a nonce, and not only once.

The ACME protocol says that such a request is to be sent again (RFC 8555, 6.5). Authorities under load refuse several
in a row, and Pebble does so on purpose.
"""
import sys

from acme import client, messages
from certbot.main import main

attempts = 200
post_once = client.ClientNetwork.post


def post(self, *arguments, **options):
    for attempt in range(1, attempts + 1):
        try:
            return post_once(self, *arguments, **options)
        except messages.Error as error:
            if error.code != 'badNonce' or attempt == attempts:
                raise


client.ClientNetwork.post = post
sys.exit(main(sys.argv[1:]))
