// `npm start`, `npm run e2e` and `npm run down`: installs missing dependencies and runs tools/local-cloud.
const { spawn } = require('node:child_process')
const { join } = require('node:path')
const {
  installDependencies,
  nodeOptions,
  nodeProblem,
  terraformProblem,
  workspace,
} = require('./set-up.cjs')

async function start() {
  const problem = nodeProblem(process.versions.node) ?? (await installDependencies())
  if (problem !== undefined) {
    console.error(problem)
    process.exit(1)
  }
  // Without Terraform, tools/local-cloud runs the simulation only.
  const noTerraform = terraformProblem()
  const child = spawn(
    process.execPath,
    [
      ...nodeOptions,
      join(workspace, 'tools/local-cloud/src/main.ts'),
      ...process.argv.slice(2),
      ...(noTerraform === undefined ? [] : [`--no-terraform=${noTerraform}`]),
    ],
    { cwd: workspace, stdio: 'inherit' },
  )
  // Ctrl-C reaches the child directly; other signals arrive here only.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  process.on('SIGHUP', () => child.kill('SIGHUP'))
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 130)))
}

start()
