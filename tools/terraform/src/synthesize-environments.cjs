// Synthesizes apps for environments, in one process: loading cdktf and the provider takes longer than a synthesis.
// Arguments: the environments, separated by commas, and the folder of each app.
const { join } = require('node:path')

const [environments = '', ...projects] = process.argv.slice(2)
for (const project of projects) {
  process.chdir(project)
  const main = join(process.cwd(), 'src/main.ts')
  for (const environment of environments.split(',')) {
    process.env.TIDEWAY_ENV = environment
    delete require.cache[main]
    require(main)
  }
}
