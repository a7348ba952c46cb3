import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { nextAfter } from './compose-refusal.ts'

const paths = ['/srv/shop/compose.yaml', '/srv/shop/compose.prod.yaml']
const unique = 'as container name must be unique: invalid compose project'

describe('a Compose file that is refused', () => {
  for (const [what, line, next] of [
    [
      'for a variable without a value',
      'error while interpolating services.web.environment.KEY: required variable KEY is missing a value: set it',
      /^Give KEY a value in \.env, .* muelle secrets set KEY$/,
    ],
    [
      'for half a port, where a variable has no value',
      'time="2026-01-02T10:00:00Z" level=warning msg="The \\"DB_PORT\\" variable is not set. Defaulting to a blank string."\nNo port specified: :<empty>',
      /^Give DB_PORT a value in \.env/,
    ],
    ['for half a port, and no variable', 'No port specified: :<empty>', /^Check it by hand/],
    [
      'for a container_name of several replicas',
      `services.deploy.replicas: can't set container_name and web ${unique}`,
      /^web has a container_name, .*Remove container_name from it/,
    ],
    [
      'for one of a scaled service',
      `services.scale: can't set container_name and web ${unique}`,
      /^web has a container_name/,
    ],
    [
      'for one, named in the right order',
      `services.web: can't set container_name and deploy.replicas ${unique}`,
      /^web has a container_name/,
    ],
    [
      'for anything else',
      'services.web Additional property imgae is not allowed',
      /docker compose -f \/srv\/shop\/compose\.yaml -f \/srv\/shop\/compose\.prod\.yaml config$/,
    ],
  ] as const)
    test(`${what} is told the next step`, () => assert.match(nextAfter([line], paths), next))
})
