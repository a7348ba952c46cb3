const healthName =
  /^\/(?:api\/)?(?:health|healthz|healthcheck|health-check|livez?|ready|readyz|status|ping|up|heartbeat)\/?$/

/** Of the routes that a source declares, the one that is made to be asked whether the app is well, else the front page. */
export function healthAmong(routes: readonly string[]): string | undefined {
  return routes.find((path) => healthName.test(path)) ?? routes.find((path) => path === '/')
}
