import { imageBaseName } from '../../app/compose.ts'
import type { Directive, Facts, ProxyFile } from '../facts.ts'
import { baseImagesOf } from '../images.ts'
import { relative } from '../place.ts'
import type { Place } from '../rule.ts'
import { running } from '../services.ts'

/** A directive with the blocks around it, outermost first. */
export interface Found extends Directive {
  within: readonly Directive[]
}

/** Every directive of a name, at any depth. */
export function find(
  directives: readonly Directive[],
  name: string,
  within: readonly Directive[] = [],
): Found[] {
  return directives.flatMap((directive) => [
    ...(directive.name === name ? [{ ...directive, within }] : []),
    ...find(directive.children ?? [], name, [...within, directive]),
  ])
}

/** The files of one service together: nginx reads them as one. */
export function allOf(files: readonly ProxyFile[]): Directive[] {
  return files.flatMap(({ directives }) => directives)
}

/** Services with nginx files of their own, each with all of them. */
export function proxies({ proxyFiles }: Facts): { service: string; files: ProxyFile[] }[] {
  const names = [...new Set(proxyFiles.map(({ service }) => service))]
  return names.map((service) => ({ service, files: proxyFiles.filter((file) => file.service === service) }))
}

/** Services that are nginx: by their image, or by what they are built upon. */
export function nginxServices(facts: Facts) {
  return running(facts).filter((service) =>
    baseImagesOf(facts, service).some(({ reference }) =>
      /^(?:nginx|nginx-unprivileged)$/.test(imageBaseName(reference)),
    ),
  )
}

/** The line on which a directive stands; the parser does not tell. */
export function placeOf({ app }: Facts, file: ProxyFile, directive: Directive): Place {
  const words = [directive.name, ...directive.value.split(/\s+/).slice(0, 1)].filter(Boolean)
  const pattern = new RegExp(`^\\s*${words.map(RegExp.escape).join('\\s+')}`, 'm')
  const at = pattern.exec(file.text)
  const line =
    at === null
      ? undefined
      : file.text.slice(0, at.index + (/^\s*/.exec(at[0])?.[0].length ?? 0)).split('\n').length
  return {
    service: file.service,
    file: relative(app.directory, file.path),
    ...(line === undefined ? {} : { line }),
  }
}
