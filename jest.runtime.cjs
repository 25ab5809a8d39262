// Jest loads every module anew for each test file. Loading cdktf and the AWS provider takes longer than most of the tests,
// and both keep nothing from one app to the next, so all test files of a worker share them.
const { default: Runtime } = require('jest-runtime')

const shared = /^(?:cdktf|constructs|@cdktf\/provider-aws)(?:\/|$)/

// cdktf records a stack trace for each token, which takes longer than the rest of a synthesis.
require('cdktf/lib/tokens/private/stack-trace').captureStackTrace = () => []

// cdktf starts Terraform in a synthesis to check its version, which stays the same.
const { ValidateTerraformVersion } = require('cdktf/lib/validations/validate-terraform-version')
const { validate } = ValidateTerraformVersion.prototype
/** @type {Map<string, string[]>} */
const versionProblems = new Map()
ValidateTerraformVersion.prototype.validate = function () {
  const key = JSON.stringify(this)
  const problems = versionProblems.get(key) ?? validate.call(this)
  versionProblems.set(key, problems)
  return problems
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
}
