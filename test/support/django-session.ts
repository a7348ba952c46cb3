/** Has Django fill its cache and begin a session, and prints the session's key. */
export const beginSession = [
  'from importlib import import_module',
  'from django.conf import settings',
  'from django.core.cache import cache',
  'cache.set("shown", "to-a-test", 600)',
  'session = import_module(settings.SESSION_ENGINE).SessionStore()',
  'session.create()',
  'print(session.session_key)',
].join('\n')
