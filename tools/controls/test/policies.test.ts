import { Platform, type StackJson } from '../src/platform'
import { statementsOf } from '../src/policies'

const read = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }
const json = JSON.stringify({ Statement: [read] })

const upstream: StackJson = {
  locals: { everything: '*' },
  output: {
    policy: { value: '${jsonencode({Statement = [local.allow]})}' },
    arns: { value: ['arn:aws:s3:::a', '${local.everything}'] },
  },
}
const shared: StackJson = {
  data: {
    terraform_remote_state: { network: { config: { key: 'dev/network.tfstate' } } },
    aws_iam_policy_document: {
      one: {
        statement: {
          actions: ['s3:GetObject'],
          resources: ['*'],
          principals: [{ type: 'AWS', identifiers: ['*'] }],
          condition: [
            { test: 'Bool', variable: 'aws:SecureTransport', values: ['false'] },
            { test: 'Bool', variable: 'aws:ViaAWSService', values: ['true'] },
          ],
        },
      },
      replaced: {
        source_policy_documents: ['${data.aws_iam_policy_document.sids.json}'],
        override_policy_documents: [JSON.stringify({ Statement: { ...read, Sid: 'a' } })],
      },
      sids: {
        statement: [
          { sid: 'a', actions: ['sqs:*'], resources: ['*'] },
          { sid: 'b', effect: 'Deny', not_actions: ['sqs:*'], not_resources: ['arn'] },
        ],
      },
      unknown_source: { source_policy_documents: ['${file("policy.json")}'] },
      dynamic: { dynamic: { statement: { for_each: '${var.statements}' } } },
    },
  },
  locals: {
    policy: json,
    allow: read,
    actions: ['s3:GetObject', 's3:PutObject'],
    loop: '${local.other}',
    other: '${local.loop}',
  },
  variable: { resource: { default: '*' }, unset: { type: 'string' } },
  resource: { aws_iam_policy: { it: { policy: json, path: '/' } } },
}
const platform = new Platform({
  network: { ...upstream, locals: { ...upstream.locals, allow: read } },
  s: shared,
})
const statementsIn = (policy: unknown) => statementsOf(platform, 's', policy)
const expected = { isAllow: true, actions: ['s3:GetObject'], resources: ['*'] }

describe('a policy', () => {
  it.each([
    ['JSON', json],
    ['JSON with one statement', JSON.stringify({ Statement: read })],
    ['an attribute of a resource', '${aws_iam_policy.it.policy}'],
    ['a local', '${local.policy}'],
    ['a list of locals', '${jsonencode({"Statement": [local.allow]})}'],
    ['the output of another stack', '${data.terraform_remote_state.network.outputs.policy}'],
    ['a policy document', '${data.aws_iam_policy_document.one.json}'],
    ['a minified policy document', '${ data.aws_iam_policy_document.one.minified_json }'],
    [
      'jsonencode',
      '${jsonencode({\n Version = "2012-10-17"\n Statement = [{ Effect = "Allow", "Action" = ["s3:GetObject"], Resource = var.resource, Condition = { Bool = { x = true, "y" = 3 } } },]\n})}',
    ],
    [
      'references in JSON',
      '{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"${var.resource}"}}',
    ],
  ])('is read: %s', (_, policy) => {
    expect(statementsIn(policy)).toEqual([expect.objectContaining(expected)])
  })

  it.each([
    ['the result of a call', '${file("policy.json")}'],
    ['a reference to nothing', '${data.aws_iam_policy_document.missing.json}'],
    ['an attribute that AWS sets', '${aws_iam_policy.it.arn}'],
    ['a variable without a default', '${var.unset}'],
    ['locals in a circle', '${local.loop}'],
    ['a document with an unknown source', '${data.aws_iam_policy_document.unknown_source.json}'],
    ['a document with dynamic statements', '${data.aws_iam_policy_document.dynamic.json}'],
    ['a condition', '${var.x ? jsonencode({Statement = []}) : ""}'],
    ['a merged object', '${jsonencode(merge(local.allow, {}))}'],
    ['an unfinished expression', '${jsonencode({"Statement" = [}'],
    ['stray brackets', '${jsonencode({"Statement" = [)]}})}'],
    ['an unknown statement', '{"Statement":["${var.unset}"]}'],
    ['an unknown effect', JSON.stringify({ Statement: { ...read, Effect: '${var.unset}' } })],
    ['an unknown action', JSON.stringify({ Statement: { ...read, Action: 's3:${var.unset}' } })],
    ['an unknown resource', JSON.stringify({ Statement: { ...read, Resource: '${var.unset}' } })],
    ['text', 'allow everything'],
    ['nothing', undefined],
  ])('is unknown: %s', (_, policy) => {
    expect(statementsIn(policy)).toBeUndefined()
  })

  it('keeps the references to resources', () => {
    const Resource = ['${aws_sqs_queue.it.arn}', 'arn:aws:s3:::${var.unset}/*']
    expect(statementsIn(JSON.stringify({ Statement: { ...read, Resource } }))?.[0]).toMatchObject({
      resources: Resource,
    })
    const encoded =
      '${jsonencode({Statement = {Effect = "Deny", Action = local.actions, Resource = [aws_sqs_queue.it.arn, "${aws_sqs_queue.it.arn}/\\"*"]}})}'
    expect(statementsIn(encoded)?.[0]).toMatchObject({
      isAllow: false,
      actions: ['s3:GetObject', 's3:PutObject'],
      resources: ['${aws_sqs_queue.it.arn}', '${aws_sqs_queue.it.arn}/"*'],
    })
  })

  it('resolves the parts of an output in the stack that writes it', () => {
    const Resource = '${data.terraform_remote_state.network.outputs.arns}'
    expect(statementsIn(JSON.stringify({ Statement: { ...read, Resource } }))?.[0]).toMatchObject({
      resources: ['arn:aws:s3:::a', '*'],
    })
  })

  it('merges the conditions, sources and overrides of a policy document', () => {
    expect(statementsIn('${data.aws_iam_policy_document.one.json}')?.[0]).toMatchObject({
      principals: { AWS: ['*'] },
      conditions: { Bool: { 'aws:SecureTransport': ['false'], 'aws:ViaAWSService': ['true'] } },
    })
    expect(statementsIn('${data.aws_iam_policy_document.replaced.json}')).toMatchObject([
      { isAllow: false, notActions: ['sqs:*'], notResources: ['arn'] },
      { isAllow: true, actions: ['s3:GetObject'] },
    ])
  })

  it('that allows all principals with exceptions allows anyone', () => {
    const statement = { ...read, NotPrincipal: { AWS: 'arn' } }
    expect(statementsIn(JSON.stringify({ Statement: statement }))?.[0]?.principals).toEqual({
      '*': ['*'],
    })
  })
})
