import packageFile from '../../../package.json' with { type: 'json' }
import type { Command } from '../command.ts'

export const version: Command = {
  name: 'version',
  summary: 'Show the version of Muelle and of Node',
  returnsData: true,
  run: async () => {
    const data = { muelle: packageFile.version, node: process.versions.node }
    return { data, text: `muelle ${data.muelle} (Node ${data.node})` }
  },
}
