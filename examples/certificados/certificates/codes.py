import secrets

# No 0/O, 1/I/L: codes are read from paper and typed by hand.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def new_code() -> str:
    """Returns a code such as `7K3QM-9XDWF`. Its 49 random bits keep it from being guessed."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(2))


def normalise(code: str) -> str:
    return code.strip().upper()
