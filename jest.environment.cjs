// Tests run in the realm of Jest itself, not in a sandbox, where each lookup of a global takes a hundred times as long, and
// where the test files of a worker could share nothing (see jest.runtime.cjs). What a test file changes in the globals and in
// the process is put back at its end.
const { ModernFakeTimers } = require('@jest/fake-timers')
const { ModuleMocker } = require('jest-mock')

module.exports = class {
  global = globalThis
  moduleMocker = new ModuleMocker(globalThis)
  fakeTimers = null

  /** @param {{ projectConfig: ConstructorParameters<typeof ModernFakeTimers>[0]['config'] }} config */
  constructor({ projectConfig: config }) {
    this.restore = restorer()
    this.fakeTimersModern = new ModernFakeTimers({ config, global: globalThis })
  }

  async setup() {}

  async teardown() {
    this.fakeTimersModern.dispose()
    this.restore()
  }

  getVmContext() {
    return globalThis
  }
}

/** Returns a function that puts back the globals, the process, its environment variables and its listeners. */
function restorer() {
  const restoreProperties = [globalThis, process, process.env].map(propertiesOf)
  const { exitCode } = process
  const listeners = new Map(process.eventNames().map((name) => [name, process.listeners(name)]))
  return () => {
    for (const restore of restoreProperties) restore()
    process.exitCode = exitCode
    for (const name of process.eventNames()) {
      for (const listener of process.listeners(name)) {
        if (!listeners.get(name)?.includes(listener)) process.removeListener(name, listener)
      }
    }
  }
}

/** @param {object} object */
function propertiesOf(object) {
  const properties = Object.getOwnPropertyDescriptors(object)
  return () => {
    for (const name of Reflect.ownKeys(object)) {
      if (!Object.hasOwn(properties, name)) Reflect.deleteProperty(object, name)
    }
    for (const name of Reflect.ownKeys(properties)) {
      Reflect.defineProperty(object, name, properties[name])
    }
  }
}
