import type { PlainSite, Site } from './model.ts'
import { variable } from './names.ts'

/** Tells visitors, who get the page, from probes, which reach the app. */
export function renderVisitors({ app, probeToken }: Site): string {
  return `map $http_x_muelle_probe $visits_${variable(app)} {
  default 1;
  "~^${probeToken}" 0;
}
`
}

/** Inside each location that asks the app. */
export function renderTurnAway({ app }: PlainSite): string {
  return `    if ($visits_${variable(app)}) {
      return 503;
    }
`
}

export const maintenancePage = `
  error_page 503 @maintenance;
  location @maintenance {
    internal;
    default_type text/html;
    add_header Retry-After 60 always;
    add_header Cache-Control no-store always;
    return 503 '<!doctype html><title>Back soon</title><h1>Back soon</h1><p>This site is being worked on.</p>';
  }
`
