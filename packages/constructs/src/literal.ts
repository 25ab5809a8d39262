/** Text in which Terraform evaluates nothing, such as a shell command with `${HOME}`. */
export function literal(text: string): string {
  return text.replace(/[$%](?=\{)/g, '$&$&')
}
