/** What may import what; see docs/decisions/004-pure-core.md. */
const pure =
  '^src/(app/|backup/(columns|contents|idle|locks|manifest|plan|rehearsal|restic|step|tool)\\.ts|backup/databases/(postgres|mysql)-sql\\.ts|backup/history/(layout|tablespaces)\\.ts|backup/repository/failures\\.ts|backup/outside/(address|copy|refusals)\\.ts|check/|diagnosis/|errors/|events/|init/|release/(names|render|render-rehearsal|render-test)\\.ts|deploy/(observed|plan|take-over|plan-renew|plan-scale|step|recovery|memory)\\.ts|deploy/(canary|strategies)/|eject/(?!gather|write)|gateway/config/|server/firewall\\.ts|secrets/(secret|redact|names|references)\\.ts)'

module.exports = {
  forbidden: [
    {
      name: 'pure-core',
      comment:
        'The model, the plan and the configuration are pure: no adapter, no file, no process, no clock.',
      severity: 'error',
      from: { path: pure, pathNot: '\\.test\\.ts$' },
      to: {
        pathNot: [pure, 'node_modules/(croner|zod|yaml|smol-toml|@lezer/(common|lr|highlight|python))/'],
      },
    },
    {
      name: 'engine-behind-its-port',
      comment: 'Only the composition root knows which engine there is.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/engine/', '^src/(main|services)\\.ts$', '\\.test\\.ts$'] },
      to: { path: '^src/engine/(docker|swarm|simulated)/' },
    },
    {
      name: 'programs-in-one-place',
      comment: 'Programs are started with an argument array, and never through a shell: few places do it.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: ['^src/(engine/spawn|main|agent/queue/(start|dispatch))\\.ts$', '\\.test\\.ts$'],
      },
      to: { path: '^(?:node:)?child_process$' },
    },
    {
      name: 'domain-below-cli',
      comment: 'Handlers print nothing; only the command line knows that there is one.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(cli/|main\\.ts$|services\\.ts$)' },
      to: { path: '^src/cli/' },
    },
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.test\\.ts$' },
  },
}
