// Jest loads every module anew for each test file. Loading cdktf and the AWS provider takes longer than most of the tests,
// and both keep nothing from one app to the next, so all test files of a worker share them.
const { AsyncLocalStorage } = require('node:async_hooks')
const { default: Runtime } = require('jest-runtime')

const shared = /^(?:cdktf|constructs|@cdktf\/provider-aws)(?:\/|$)/

require('./tools/terraform/src/fast-synthesis.cjs')

// On Node.js 20, a storage makes each later promise slower, and each test file creates at least one.
const { run } = AsyncLocalStorage.prototype
/** @type {Set<AsyncLocalStorage<unknown>>} */
const storages = new Set()
AsyncLocalStorage.prototype.run = function (store, callback, ...args) {
  storages.add(this)
  return run.call(this, store, callback, ...args)
}

module.exports = class extends Runtime {
  /** @param {ConstructorParameters<typeof Runtime>} args */
  constructor(...args) {
    super(...args)
    // As where a project is tested alone.
    process.chdir(this._config.rootDir)
  }

  /**
   * @param {string} from
   * @param {string} name
   */
  requireModuleOrMock(from, name) {
    return shared.test(name) ? require(name) : super.requireModuleOrMock(from, name)
  }

  teardown() {
    for (const storage of storages) storage.disable()
    storages.clear()
    super.teardown()
  }
}
