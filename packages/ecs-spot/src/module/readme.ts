import type { ModuleVariable } from './variables'

interface Described {
  readonly variables: Readonly<Record<string, ModuleVariable>>
  readonly outputs: Readonly<Record<string, { readonly description: string }>>
  readonly required_version: string
  readonly required_providers: {
    readonly aws: { readonly source: string; readonly version: string }
  }
}

/** The README of the module, with the tables of its inputs and outputs. */
export function readme({ variables, outputs, required_version, required_providers }: Described) {
  const inputs = Object.entries(variables).map(([name, { type, description, default: value }]) =>
    row(
      `\`${name}\``,
      description,
      type.length > 300 ? 'see variables.tf.json' : `\`${type}\``,
      value === undefined ? 'required' : `\`${JSON.stringify(value)}\``,
    ),
  )
  const results = Object.entries(outputs).map(([name, { description }]) =>
    row(`\`${name}\``, description),
  )
  const { source, version } = required_providers.aws
  return `# Failover of ECS services on Spot

A Terraform module that adds on-demand standbys and the failover controller to a cluster that exists. It creates, tags and
destroys only what is its own: your services keep everything else.

1. Describe the services. The command reads ECS and changes nothing:

   \`\`\`
   AWS_REGION=eu-west-1 npx ecs-spot describe --cluster shop --out services.json
   \`\`\`

2. Call the module with the file. Commit the file: a plan shows each change of it.

   \`\`\`hcl
   provider "aws" {
     region = "eu-west-1"
   }

   module "failover" {
     source       = "./module"
     cluster_name = "shop"
     services     = jsondecode(file("\${path.module}/services.json"))
     alarm_emails = ["oncall@example.com"]

     preferences = {
       checkout = { atNotice = "serve-until-drained", maxCoverDollarsPerHour = 2.5 }
     }
   }
   \`\`\`

The provider must have the account and the region of the cluster: the module refuses services of others. If another
configuration has the services or the cluster, set \`ignore_tags { key_prefixes = ["tideway:"] }\` in its provider, or it removes the
tags, also those of an operator.
Destroy the module when no standby has tasks: their tasks end with it.

## Requirements

Terraform ${required_version}, the provider ${source} ${version}. Tested with Terraform 1.11 and the provider 5.100.

OpenTofu is not tested. The module has only blocks and functions that OpenTofu 1.6 has too, and validations that refer
to their own variable, as OpenTofu requires.

## Inputs

| name | description | type | default |
| --- | --- | --- | --- |
${inputs.join('\n')}

## Outputs

| name | description |
| --- | --- |
${results.join('\n')}

## Differences from the construct

The module and the CDKTF construct \`SpotFailover\` are written from one source. \`protect_data\` does not set
\`prevent_destroy\`, which takes no variable. The topic and the key are always those of the module.
`
}

function row(...cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}
