// Synthesizes the app in the working directory for each environment named on the command line, in one process:
// loading cdktf takes longer than a synthesis.
const { join } = require('node:path')

const main = join(process.cwd(), 'src/main.ts')
for (const environment of process.argv.slice(2)) {
  process.env.TIDEWAY_ENV = environment
  delete require.cache[main]
  require(main)
}
