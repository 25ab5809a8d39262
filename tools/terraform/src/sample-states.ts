import type { Environment } from '@tideway/constructs'
import { type ContractField, contracts } from '@tideway/constructs/contracts'
import { type StackName, stackNames } from '@tideway/constructs/stacks'

type Json = Readonly<Record<string, unknown>>

/**
 * The JSON of a stack whose upstream stacks are not deployed yet, as in the first pull request. Their outputs are
 * samples of their contracts, its own state is empty, and data sources are left for the apply. The plan cannot be applied.
 *
 * @param folder the folder of the sample states
 */
export function withSampleStates(json: Json, folder: string): Json {
  const { terraform_remote_state: states = {}, ...lookups } = (json.data ?? {}) as Record<
    string,
    Record<string, Json>
  >
  const { backend: _, ...terraform } = json.terraform as Json
  const later = { depends_on: [`terraform_data.${markerId}`] }
  const data = {
    ...Object.fromEntries(
      Object.entries(lookups).map(([type, blocks]) => [
        type,
        Object.fromEntries(
          Object.entries(blocks).map(([id, block]) => [id, { ...block, ...later }]),
        ),
      ]),
    ),
    ...(Object.keys(states).length > 0 && {
      terraform_remote_state: Object.fromEntries(
        Object.entries(states).map(([id, block]) => [
          id,
          {
            ...withoutConfig(block),
            backend: 'local',
            config: { path: `${folder}/${id}.tfstate` },
          },
        ]),
      ),
    }),
  }
  return {
    ...json,
    terraform: { ...terraform, backend: { local: { path: `${folder}/own.tfstate` } } },
    // Terraform rejects an empty block.
    ...('data' in json && { data }),
    resource: {
      ...(json.resource as Json),
      terraform_data: { ...((json.resource as Json).terraform_data as Json), [markerId]: {} },
    },
  }
}

/** A resource that marks the plan as one that cannot be applied. */
const markerId = 'planned_on_samples'

function withoutConfig({ config: _, ...block }: Json): Json {
  return block
}

/** States with sample outputs, by file name. */
export function sampleStates(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    stackNames.map((stack) => [
      `${stack}.tfstate`,
      JSON.stringify({
        version: 4,
        terraform_version: '1.11.0',
        serial: 1,
        lineage: 'sample',
        outputs: samplesOf(stack, environment),
        resources: [],
      }),
    ]),
  )
}

/** A sample of every output, in the form that AWS uses. */
export function samplesOf(stack: StackName, environment: Environment) {
  const fields = Object.entries<ContractField>(contracts[stack]).filter(
    ([, { optional }]) => !optional,
  )
  return Object.fromEntries(
    // The first pull request has no optional output yet.
    fields.map(([name, { type }]) => {
      const values = environment.availabilityZones.map((_, index) =>
        sampleOf(name, index, environment),
      )
      if (type === 'list') return [name, { value: values, type: ['list', 'string'] }]
      return [
        name,
        type === 'number' ? { value: 1024, type: 'number' } : { value: values[0], type: 'string' },
      ]
    }),
  )
}

const forms: readonly (readonly [RegExp, string])[] = [
  [/^vpc_id$/, 'vpc-'],
  [/subnet_ids?$/, 'subnet-'],
  [/security_group_ids?$/, 'sg-'],
  [/prefix_list_ids?$/, 'pl-'],
]

function sampleOf(
  name: string,
  index: number,
  { account, region, vpcCidr, domain }: Environment,
): string {
  const prefix = forms.find(([form]) => form.test(name))?.[1]
  if (prefix !== undefined) return `${prefix}${`${index}`.padStart(17, '0')}`
  if (/_arn$/.test(name)) return `arn:aws:sample:${region}:${account}:sample/${name}`
  if (/zone_id$/.test(name)) return 'Z00000000SAMPLE'
  if (/_ips?$/.test(name)) return `192.0.2.${index + 1}`
  if (/_cidr$/.test(name)) return vpcCidr
  if (/(endpoint|host_name|dns_name|domain_name)$/.test(name)) return `sample.${domain}`
  return `sample-${name.replaceAll('_', '-')}`
}
