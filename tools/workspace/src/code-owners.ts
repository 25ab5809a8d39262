const start = '# generated: owners of services\n'
const end = '# end of generated'

/** The text of CODEOWNERS with a line for the file of each service that names its owner. */
export function withServiceOwners(
  codeOwners: string,
  services: Readonly<Record<string, { readonly owner?: string }>>,
): string {
  const [, organization] = /^\*\s+(@[^/\s]+)\//m.exec(codeOwners) ?? []
  const [before, rest] = codeOwners.split(start)
  const after = rest?.split(end)[1]
  if (organization === undefined || after === undefined) {
    throw new Error(
      `CODEOWNERS: must have a line "* @organization/team" and a section from "${start.trim()}" to "${end}"; it does not. Restore them.`,
    )
  }
  const lines = Object.entries(services).flatMap(([name, { owner }]) =>
    owner === undefined
      ? []
      : [`/apps/compute/src/services/${name}.ts @${organization.slice(1)}/${owner}\n`],
  )
  return `${before}${start}${lines.join('')}${end}${after}`
}
