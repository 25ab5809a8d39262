/** Something a person can mend. Its message is printed as it stands, without a stack trace. */
export class TerraformToolError extends Error {
  override readonly name = 'TerraformToolError'
}
