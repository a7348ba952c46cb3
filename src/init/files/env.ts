import type { Blueprint } from '../blueprint.ts'

/** `.env.example`: every variable that the Compose file asks for, and those that the app knows beyond. */
export function envExample({ name, required, optional, domains, kind }: Blueprint): string {
  const known = kind === 'node' ? optional : [...optional, 'WEB_CONCURRENCY']
  return [
    `# Variables of ${name}. Copy the file so that only you can read it, and fill it in:`,
    '#   install -m 600 .env.example .env',
    '# A better place for secrets:  muelle secrets set NAME',
    ...required.flatMap(({ name: variable, about, isGenerated }) => [
      '',
      `# ${about}`,
      ...(isGenerated ? ['#   openssl rand -hex 32'] : []),
      `${variable}=`,
    ]),
    ...(domains.length === 0 && kind === 'django'
      ? [
          '',
          '# Names and addresses under which the app is reached, with commas between them.',
          '#ALLOWED_HOSTS=localhost,127.0.0.1',
        ]
      : []),
    ...(known.length === 0
      ? []
      : ['', '# The app has a value of its own for each of these.', ...known.map((each) => `#${each}=`)]),
    '',
  ].join('\n')
}

/**
 * A `.env` with random values for what takes any, and the rest to be filled in.
 * @param random gives 64 hexadecimal digits, others each time
 */
export function envFile({ name, required }: Blueprint, random: () => string): string {
  return [
    `# Secrets of ${name}: for you and this machine only. What each is for is in .env.example.`,
    ...required.map(({ name: variable, isGenerated }) => `${variable}=${isGenerated ? random() : ''}`),
    '',
  ].join('\n')
}
