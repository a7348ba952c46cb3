/** What the load asks an app for. */
export interface Routes {
  /** Paths for GET, taken in turn. */
  readonly get: readonly string[]
  /** Stores a code and answers 201 with its id. */
  readonly post: string
}

/** Files come from the gateway and have no version. */
const files = ['/static/certificates/site.css', '/static/certificates/icon.svg']
const pages = ['/', '/verify/']

/** The pages of the example app. */
export const pageRoutes: Routes = { get: pages, post: '/api/verifications/' }

/** Visits to the example app: a page and the files that it names. */
export const visitRoutes: Routes = { ...pageRoutes, get: pages.flatMap((page) => [page, ...files, ...files]) }

/** The app of the bench itself. */
export const itemRoutes: Routes = { get: ['/'], post: '/items' }
