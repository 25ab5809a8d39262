/** Whether the rules know a type, and so judge more than the words in its name. */
export function isKnownType(type: string): boolean {
  return type === 'terraform_data' || /^(aws|null|random|time|local|tls|archive|http)_/.test(type)
}
