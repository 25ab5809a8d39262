import { TerraformOutput } from 'cdktf'
import { type ContractValues, contracts, publish, read, type StackName, TidewayStack } from '../src'
import { type Block, type Synthesized, synthesized, testApp, testEnvironment } from '../src/testing'

function stackNamed<Name extends StackName>(name: Name) {
  const environment = testEnvironment()
  return new TidewayStack(testApp(), name, { environment, owner: 'nobody' })
}

/** A value of the right type for every field. */
function valuesOf<Name extends StackName>(name: Name): ContractValues<Name> {
  const samples = { string: 'text', number: 1, list: ['one', 'two'] }
  const fields = Object.entries<{ type: keyof typeof samples }>(contracts[name])
  return Object.fromEntries(
    fields.map(([field, { type }]) => [field, samples[type]]),
  ) as ContractValues<Name>
}

function networkStateOf({ data }: Synthesized): Block {
  return data?.terraform_remote_state?.network ?? {}
}

describe('publishing a contract', () => {
  it('creates an output for every field, without a hash in its name', () => {
    const stack = stackNamed('network')
    publish(stack, valuesOf('network'))
    expect(Object.keys(synthesized(stack).output ?? {}).sort()).toEqual(
      Object.keys(contracts.network).sort(),
    )
  })

  it('describes each output as the contract does', () => {
    const stack = stackNamed('data')
    publish(stack, valuesOf('data'))
    expect(synthesized(stack).output?.cache_port).toEqual({
      description: contracts.data.cache_port.description,
      value: 1,
    })
  })

  it('omits an optional list while it is empty, and readers then get an empty one', () => {
    const values = { ...valuesOf('compute'), external_hosts: [] }
    const producer = stackNamed('compute')
    publish(producer, values)
    const outputs = Object.keys(synthesized(producer).output ?? {})
    expect(outputs).not.toContain('external_hosts')
    expect(outputs).toContain('external_grpc_hosts')
    // The compiler allows it to the declared readers of compute, which a platform may be without.
    const consumer = stackNamed('network')
    const readAny = read as (stack: TidewayStack, producer: StackName) => unknown
    readAny(consumer, 'compute')
    const state = synthesized(consumer).data?.terraform_remote_state?.compute
    expect(state?.defaults).toEqual({ external_hosts: [], external_grpc_hosts: [] })
  })

  it('throws if done twice', () => {
    const stack = stackNamed('network')
    publish(stack, valuesOf('network'))
    expect(() => publish(stack, valuesOf('network'))).toThrow('contract')
  })
})

describe('reading a contract', () => {
  it('refers to the outputs in the state of the producer, in the same environment', () => {
    const stack = stackNamed('data')
    const network = read(stack, 'network')
    new TerraformOutput(stack, 'use', {
      staticId: true,
      value: [network.vpc_id, network.isolated_subnet_ids],
    })
    const json = synthesized(stack)
    expect(json.output?.use?.value).toEqual([
      '${data.terraform_remote_state.network.outputs.vpc_id}',
      '${data.terraform_remote_state.network.outputs.isolated_subnet_ids}',
    ])
    const { backend, config, defaults } = networkStateOf(json)
    expect(defaults).toBeUndefined()
    expect(backend).toBe('s3')
    expect(config).toMatchObject({
      bucket: 'tideway-test-state-123456789012',
      key: 'test/network.tfstate',
      region: 'eu-central-1',
    })
  })

  it('uses the same state location as the producer', () => {
    const consumer = stackNamed('data')
    read(consumer, 'network')
    const { config } = networkStateOf(synthesized(consumer))
    const { use_lockfile, ...backend } = synthesized(stackNamed('network')).terraform.backend.s3
    expect(use_lockfile).toBe(true)
    expect(config).toEqual(backend)
  })

  it('separates outputs with the same name of two stacks', () => {
    const shared = { type: 'string', description: 'Has a name that network uses as well' } as const
    jest.replaceProperty(contracts, 'data', { ...contracts.data, vpc_id: shared } as never)
    const stack = stackNamed('data')
    // Bypasses the declaration of reads.
    const readAny = read as unknown as (from: TidewayStack, name: string) => Record<string, string>
    new TerraformOutput(stack, 'use', {
      staticId: true,
      value: [readAny(stack, 'network').vpc_id, readAny(stack, 'data').vpc_id],
    })
    expect(synthesized(stack).output?.use?.value).toEqual([
      '${data.terraform_remote_state.network.outputs.vpc_id}',
      '${data.terraform_remote_state.data.outputs.vpc_id}',
    ])
    jest.restoreAllMocks()
  })
})
