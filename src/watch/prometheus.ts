/** A figure in the text format of Prometheus (prometheus.io, "Exposition formats"). */
export interface Metric {
  /** With its unit at the end, and `_total` for what only grows. */
  name: string
  help: string
  type: 'gauge' | 'counter'
  samples: readonly Sample[]
}

export interface Sample {
  labels: Readonly<Record<string, string>>
  value: number
}

/** Pure: a metric without samples is left out. */
export function renderMetrics(metrics: readonly Metric[]): string {
  return metrics
    .filter(({ samples }) => samples.length > 0)
    .map(
      ({ name, help, type, samples }) =>
        `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${samples.map((sample) => renderSample(name, sample)).join('')}`,
    )
    .join('')
}

function renderSample(name: string, { labels, value }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`)
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}\n`
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
