/**
 * Whether Docker takes a text for the name of an image: its grammar, `distribution/reference`. What does not fit is most
 * often a variable that nobody set, as in `$REGISTRY/shop` or `shop:$TAG`.
 */
export function isImageReference(text: string): boolean {
  return reference.test(text)
}

const domain = '(?:(?:[a-zA-Z0-9][a-zA-Z0-9.-]*|\\[[0-9a-fA-F:]+\\])(?::\\d+)?/)?'
const part = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*'
const tag = '(?::\\w[\\w.-]{0,127})?'
const digest = '(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?'
const reference = new RegExp(`^${domain}${part}(?:/${part})*${tag}${digest}$`)
