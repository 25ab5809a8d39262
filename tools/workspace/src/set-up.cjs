// Runs before the dependencies are installed, so it uses only Node.
const { spawn, spawnSync } = require('node:child_process')
const {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} = require('node:fs')
const { join, resolve } = require('node:path')
const { setTimeout: sleep } = require('node:timers/promises')

const workspace = resolve(__dirname, '../../..')

/**
 * Checks the required tools, and installs the dependencies where they are missing or stale.
 * Returns a problem with its fix, or undefined.
 *
 * @returns {Promise<string | undefined>}
 */
async function setUp() {
  return nodeProblem(process.versions.node) ?? terraformProblem() ?? (await installDependencies())
}

/**
 * @param {string} version
 * @returns {string | undefined}
 */
function nodeProblem(version) {
  const required = JSON.parse(readFileSync(join(workspace, 'package.json'), 'utf8')).engines.node
  if (isAtLeast(version, required.replace('>=', ''))) return undefined
  return `Node.js ${version} is too old: ${required} is required. With nvm: nvm install && nvm use`
}

/** @returns {string | undefined} */
function terraformProblem() {
  const { error, stdout } = spawnSync('terraform', ['version', '-json'], { encoding: 'utf8' })
  if (error !== undefined) {
    return 'Terraform is not on the PATH: 1.11 or newer is required. See https://developer.hashicorp.com/terraform/install'
  }
  const version = terraformVersion(stdout)
  if (version !== undefined && isAtLeast(version, '1.11.0')) return undefined
  return `Terraform ${version ?? 'of an unknown version'} is too old: 1.11 or newer is required, for S3 lock files and write-only values. See https://developer.hashicorp.com/terraform/install`
}

/**
 * Terraform prints a warning before the JSON where the environment names a configuration file that does not exist.
 *
 * @param {string} output
 * @returns {string | undefined}
 */
function terraformVersion(output) {
  return /"terraform_version":\s*"([^"]+)"/.exec(output)?.[1]
}

/**
 * @param {string} version
 * @param {string} min
 */
function isAtLeast(version, min) {
  const [actual, required] = [version, min].map((text) => text.split(/[.-]/).map(Number))
  for (const index of [0, 1, 2]) {
    const difference = (actual?.[index] || 0) - (required?.[index] || 0)
    if (difference !== 0) return difference > 0
  }
  return true
}

/** @returns {Promise<string | undefined>} */
async function installDependencies() {
  if (areInstalled(workspace)) return undefined
  mkdirSync(join(workspace, '.tideway'), { recursive: true })
  // Two at a time would delete each other's node_modules: `npm start` and `npm test` in two terminals of a new clone.
  return alone(join(workspace, '.tideway', 'installing'), async () => {
    if (areInstalled(workspace)) return undefined
    console.log('installing dependencies (npm ci): they are missing, or the lock file has changed')
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
    const { status, output } = await runToEnd(npm, ['ci', '--no-fund', '--no-audit'])
    return status === 0 ? undefined : `npm ci failed:\n${withoutUsage(output)}`
  })
}

/**
 * Runs `work` while no other process runs its own with this lock, a file with the id of the process that holds it.
 *
 * @template Result
 * @param {string} lock
 * @param {() => Promise<Result>} work
 * @returns {Promise<Result>}
 */
async function alone(lock, work) {
  for (let tries = 0; !acquire(lock); tries++) {
    if (tries === 0)
      console.log('waiting for another command of this clone, which installs dependencies')
    await sleep(200)
  }
  const release = () => rmSync(lock, { force: true })
  process.once('exit', release)
  try {
    return await work()
  } finally {
    process.off('exit', release)
    release()
  }
}

/** @param {string} lock */
function acquire(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch {
    // A holder that was killed has left it.
    if (!isHeld(lock)) rmSync(lock, { force: true })
    return false
  }
}

/** @param {string} lock */
function isHeld(lock) {
  try {
    return process.kill(Number(readFileSync(lock, 'utf8')), 0)
  } catch (error) {
    // It may be of another user.
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM'
  }
}

/**
 * Whether the packages that npm has recorded in node_modules are those of the lock file, and the lock file fits every
 * package.json. npm writes its record last, so there is none after an installation that was cut off.
 *
 * @param {string} root
 */
function areInstalled(root) {
  const record = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(record)) return false
  const installed = entriesOf(record)
  const locked = entriesOf(join(root, 'package-lock.json'))
  return (
    manifestsOf(root).every((folder) => {
      const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
      return dependenciesOf(manifest) === dependenciesOf(locked[folder] ?? {})
    }) &&
    Object.keys(installed).every((path) => path in locked) &&
    Object.entries(locked).every(([path, { version, integrity, optional }]) => {
      const found = installed[path]
      // npm records no root, and leaves out optional packages of other platforms.
      if (found === undefined) return path === '' || optional === true
      return found.version === version && found.integrity === integrity
    })
  )
}

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, dependencies?: object, devDependencies?: object }} Entry
 *
 * @param {string} file
 * @returns {Record<string, Entry>}
 */
function entriesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages
}

/** @param {Entry} entry */
function dependenciesOf({ dependencies, devDependencies }) {
  return JSON.stringify(Object.entries({ ...dependencies, ...devDependencies }).sort())
}

/**
 * The folders with a package.json: the root, '', and every workspace.
 *
 * @param {string} root
 */
function manifestsOf(root) {
  const folders = ['apps', 'packages', 'tools'].flatMap((kind) =>
    readdirSync(join(root, kind)).map((name) => `${kind}/${name}`),
  )
  return ['', ...folders.filter((folder) => existsSync(join(root, folder, 'package.json')))]
}

/**
 * A command and everything that it starts, which end with this process.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {Promise<{ status: number | null, output: string }>}
 */
function runToEnd(command, args) {
  const end = () => {
    try {
      process.kill(-Number(child.pid), 'SIGKILL')
    } catch {
      // All of them have exited.
    }
    process.exit(130)
  }
  /** @type {readonly NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  // Before the start: a signal right after it would end only this process.
  for (const signal of signals) process.once(signal, end)
  // In a process group of its own: npm leaves its scripts running when only it gets a signal.
  const child = spawn(command, args, { cwd: workspace, detached: true })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text
    })
  }
  return new Promise((resolve) => {
    const ended = (/** @type {number | null} */ status) => {
      for (const signal of signals) process.off(signal, end)
      resolve({ status, output })
    }
    child.on('error', ({ message }) => {
      output += message
      ended(null)
    })
    child.on('close', ended)
  })
}

/**
 * Removes the list of options that npm prints after an error.
 *
 * @param {string} output
 */
function withoutUsage(output) {
  return output.split(/^.*Usage:$/m)[0]?.trim()
}

/**
 * Options of the local cloud. A heap that grows by half of what is used, instead of several times: a session is open for
 * hours beside an editor and a browser.
 */
const nodeOptions = ['--heap-growing-percent=50', '--max-semi-space-size=8', '--import', 'tsx']

module.exports = {
  alone,
  areInstalled,
  installDependencies,
  isAtLeast,
  nodeOptions,
  nodeProblem,
  runToEnd,
  setUp,
  terraformProblem,
  terraformVersion,
  workspace,
}
