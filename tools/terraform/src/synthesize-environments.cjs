// Synthesizes apps for environments, in one process: loading cdktf and the provider takes longer than a synthesis.
// Arguments: the environments, separated by commas, and the folder of each app.
const { join } = require('node:path')

// tsx also parses JavaScript, which packages consist of, and which needs no transform.
const { '.js': loadJavaScript } = require.extensions
require('tsx/cjs')
require.extensions['.js'] = loadJavaScript

require('./fast-synthesis.cjs')

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
