// Jest loads every module anew for each test file, in a sandbox where each lookup of a global takes a hundred times as long.
// Here tests run where Jest runs (see jest.environment.cjs), so that the test files of a worker can share what is costly:
// - packages and own sources that keep nothing from one test to the next, and the packages of Jest itself
// - the compiled code of all other modules, which still run anew for each file
const { AsyncLocalStorage } = require('node:async_hooks')
const { readFileSync } = require('node:fs')
const { createRequire } = require('node:module')
const vm = require('node:vm')
const { default: Runtime } = require('jest-runtime')

const shared =
  /^(?:cdktf|constructs|@cdktf\/provider-aws|@aws-sdk|@smithy|fast-xml-parser|fflate|yaml)(?:\/|$)/

/** Of projects that start no processes. */
const sources =
  /\/(?:apps\/[\w-]+|packages\/[\w-]+|tools\/(?:controls|failover|plan-review|policy-bench|preflight))\/(?:src|harness)\/(?!.*node_modules)/
/** A source with a variable may keep something from one test file to the next. */
const isShared = (/** @type {string} */ file) =>
  sources.test(file) && !/^(?:export )?let /m.test(readFileSync(file, 'utf8'))

require('./tools/terraform/src/fast-synthesis.cjs')

const { compileFunction } = vm
/** @type {Map<string, { key: string, compiled: Function }>} */
const compiledFiles = new Map()
/** @type {typeof compileFunction} */
vm.compileFunction = (code, parameters, { filename = '' } = {}) => {
  const key = `${parameters}\n${code}`
  const known = compiledFiles.get(filename)
  if (known?.key === key) return known.compiled
  const compiled = compileFunction(code, parameters, { filename })
  compiledFiles.set(filename, { key, compiled })
  return compiled
}

// On Node.js 20, a storage makes each later promise slower, and each test file creates at least one.
const { run } = AsyncLocalStorage.prototype
/** @type {Set<AsyncLocalStorage<unknown>>} */
const storages = new Set()
AsyncLocalStorage.prototype.run = function (store, callback, ...args) {
  storages.add(this)
  return run.call(this, store, callback, ...args)
}

/** By file name. @type {Map<string, object>} */
const modules = new Map()
/** The runtime of the current test file. Modules that an earlier one has loaded may still load others. */
let current

module.exports = class extends Runtime {
  /** @param {ConstructorParameters<typeof Runtime>} args */
  constructor(...args) {
    super(...args)
    // As where a project is tested alone.
    process.chdir(this._config.rootDir)
    current = this
    const registry = this.registries.getActiveCjsRegistry()
    for (const [file, module] of modules) registry.set(file, module)
  }

  /**
   * @param {string} from
   * @param {string} name
   */
  requireModuleOrMock(from, name) {
    if (shared.test(name)) return require(name)
    return current === this
      ? super.requireModuleOrMock(from, name)
      : current.requireModuleOrMock(from, name)
  }

  /**
   * Of fast-check, tests load a mock (see jest.properties.cjs), and the mock loads this.
   *
   * @param {string} from
   * @param {string} name
   */
  requireActual(from, name) {
    return name === 'fast-check' ? require(name) : super.requireActual(from, name)
  }

  /**
   * @param {string} from
   * @param {string} [name]
   */
  requireInternalModule(from, name) {
    return name === undefined ? super.requireInternalModule(from) : createRequire(from)(name)
  }

  teardown() {
    for (const [file, module] of this.registries.getActiveCjsRegistry()) {
      if (module.loaded && !modules.has(file) && isShared(file)) modules.set(file, module)
    }
    for (const storage of storages) storage.disable()
    storages.clear()
    super.teardown()
  }
}
