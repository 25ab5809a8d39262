import { ReferenceResolver, referencesIn, replaceReferences } from '../src/references'

const queue = { kind: 'resource', type: 'aws_sqs_queue', id: 'events-1', attribute: 'arn' } as const
const vpc = { kind: 'output', remoteState: 'network', output: 'vpc_id' } as const

describe('references in a value', () => {
  it.each([
    ['an attribute', '${aws_sqs_queue.events-1.arn}', [queue]],
    ['a whole resource', '${aws_sqs_queue.events-1}', [{ ...queue, attribute: '' }]],
    ['the output of another stack', '${data.terraform_remote_state.network.outputs.vpc_id}', [vpc]],
    [
      'function calls, lists and JSON text',
      [
        '{"a":"${element(data.terraform_remote_state.network.outputs.vpc_id, 0)}"}',
        { b: ['${upper(aws_sqs_queue.events-1.arn)}'] },
      ],
      [vpc, queue],
    ],
    ['text without an expression', 'aws_sqs_queue.events-1.arn', []],
    ['a data source', '${data.aws_subnet.a.id}', []],
    ['a number', 42, []],
  ])('are found: %s', (_, value, expected) => {
    expect(referencesIn(value)).toEqual(expected)
  })

  it('are replaced where an expression is nothing else', () => {
    const text = '${aws_sqs_queue.events-1.arn}/*, ${upper(aws_sqs_queue.events-1.arn)}'
    expect(replaceReferences(text, ({ kind }) => kind)).toBe(
      'resource/*, ${upper(aws_sqs_queue.events-1.arn)}',
    )
  })
})

describe('the resolver', () => {
  const resolver = new ReferenceResolver({
    network: { output: { vpc_id: { value: '${aws_vpc.main.id}' } } },
    compute: {
      data: { terraform_remote_state: { upstream: { config: { key: 'prod/network.tfstate' } } } },
      resource: { aws_sqs_queue: { 'events-1': { name: 'events' } } },
    },
  })

  it('finds a resource of the same stack', () => {
    const found = { ...queue, stack: 'compute', values: { name: 'events' } }
    expect(resolver.target('compute', queue)).toEqual(found)
    expect(resolver.target('network', queue)).toBeUndefined()
  })

  it('finds the stack of a remote state by the key of the state, or else by its name', () => {
    const found = {
      kind: 'output',
      stack: 'network',
      output: 'vpc_id',
      value: '${aws_vpc.main.id}',
    }
    expect(resolver.target('compute', { ...vpc, remoteState: 'upstream' })).toEqual(found)
    expect(resolver.target('compute', vpc)).toEqual(found)
    expect(resolver.target('compute', { ...vpc, remoteState: 'data' })).toBeUndefined()
  })
})
