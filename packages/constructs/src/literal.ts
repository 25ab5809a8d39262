/** Text in which Terraform evaluates nothing, such as a shell command with `${HOME}`. */
export function literal(text: string): string {
  return text.replace(/[$%](?=\{)/g, '$&$&')
}

/** Whether Terraform would evaluate a part of the text. */
export function hasExpression(text: string): boolean {
  return /[$%]\{/.test(text)
}
