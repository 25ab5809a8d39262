import { type ContractField, contracts } from '@tideway/constructs/contracts'
import { environmentNamed } from '@tideway/constructs/environments'
import { stackNames } from '@tideway/constructs/stacks'
import { sampleStates, samplesOf, withSampleStates } from '../src/sample-states'

const environment = environmentNamed('prod')

describe('the samples', () => {
  it.each(stackNames)('of %s cover every output that is always there, with its type', (stack) => {
    const samples = samplesOf(stack, environment)
    const required = Object.entries<ContractField>(contracts[stack]).filter(
      ([, { optional }]) => !optional,
    )
    expect(Object.keys(samples)).toEqual(required.map(([name]) => name))
    for (const [name, { type }] of required) {
      const value: unknown = samples[name]?.value
      if (type === 'list') expect(value).toHaveLength(environment.availabilityZones.length)
      else expect(typeof value).toBe(type)
    }
  })

  it('have the form that AWS uses', () => {
    const { vpc_id, private_subnet_ids, vpc_cidr } = samplesOf('network', environment)
    expect([vpc_id?.value, vpc_cidr?.value]).toEqual(['vpc-00000000000000000', environment.vpcCidr])
    expect(private_subnet_ids?.value?.[1]).toBe('subnet-00000000000000001')
    expect(samplesOf('data', environment).assets_bucket_arn?.value).toMatch(
      new RegExp(`^arn:aws:\\w+:${environment.region}:${environment.account}:`),
    )
  })

  it('are in one state for each stack', () => {
    const states = sampleStates(environment)
    expect(Object.keys(states)).toEqual(stackNames.map((name) => `${name}.tfstate`))
    expect(JSON.parse(states['network.tfstate'] ?? '').outputs.vpc_id.type).toBe('string')
  })
})

describe('a stack on sample outputs', () => {
  const json = {
    terraform: { required_version: '>= 1.11.0', backend: { s3: { bucket: 'b' } } },
    data: {
      terraform_remote_state: { network: { '//': 1, backend: 's3', config: { bucket: 'b' } } },
      aws_ssm_parameter: { image: { name: 'n' } },
    },
    resource: { aws_vpc: { main: {} } },
  }
  const sampled = withSampleStates(json, 'folder') as unknown as typeof json & {
    resource: { terraform_data: object }
  }

  it('reads samples, has an empty state and defers data sources', () => {
    expect(sampled.terraform).toEqual({
      required_version: '>= 1.11.0',
      backend: { local: { path: 'folder/own.tfstate' } },
    })
    expect(sampled.data.terraform_remote_state.network).toEqual({
      '//': 1,
      backend: 'local',
      config: { path: 'folder/network.tfstate' },
    })
    expect(sampled.data.aws_ssm_parameter.image).toEqual({
      name: 'n',
      depends_on: ['terraform_data.planned_on_samples'],
    })
  })

  it('keeps its resources, and has a marker resource', () => {
    expect(sampled.resource).toEqual({
      aws_vpc: { main: {} },
      terraform_data: { planned_on_samples: {} },
    })
  })

  it('may have no upstream stack', () => {
    expect(withSampleStates({ terraform: {}, resource: {} }, 'folder')).not.toHaveProperty('data')
  })
})
