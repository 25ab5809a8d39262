// cdktf records a stack trace for each token, which takes a third of the time. `nx synth` shows it with an error.
require('cdktf/lib/tokens/private/stack-trace').captureStackTrace = () => []

// cdktf starts Terraform in each synthesis to check its version, which stays the same.
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
