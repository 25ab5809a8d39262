import type { PlanCase } from '../plan-case'
import { configuration } from './configurations'

const secret = 'hunter2 <&> Zürich/+%'
const base64 = (text: string) => Buffer.from(text).toString('base64')

/** Values of Terraform alone: secrets that its functions encode. */
export const secretCases: Readonly<Record<string, PlanCase>> = {
  'secret-in-functions': {
    after: {
      locals: { secret },
      resource: {
        terraform_data: {
          secret: { input: '${sensitive(local.secret)}' },
          encoded: {
            input: {
              url: 'postgres://app:${urlencode(local.secret)}@db.example:5432/shop',
              json: '${jsonencode({ user = "app", word = local.secret })}',
              twice: '${jsonencode(jsonencode([local.secret]))}',
              yaml: '${yamlencode({ word = local.secret })}',
              base64: '${base64encode(local.secret)}',
              basic: 'Basic ${base64encode("app:${local.secret}")}',
              zipped: '${base64gzip(local.secret)}',
              upper: '${upper(local.secret)}',
              shown: 'eu-central-1',
            },
          },
        },
      },
    },
    finds: [],
    contains: ['eu-central-1'],
    hides: [
      ...['HUNTER2', '%3C%26%3E', '\\u003c', base64(secret), base64('app:').slice(0, 5)],
      ...[0, 1, 2].map((offset) => base64(secret.slice(offset, offset + 9)).slice(0, 12)),
    ],
  },
  'secret-in-keys': {
    after: {
      locals: { secret: 'hunter2-as-a-key' },
      resource: {
        terraform_data: {
          secret: { input: '${sensitive(local.secret)}' },
          each: { for_each: '${toset([local.secret, "shown-key"])}', input: '${each.key}' },
        },
      },
    },
    finds: [],
    contains: ['shown-key'],
  },
}

const vpc = { aws_vpc: { it: { cidr_block: '10.0.0.0/16' } } }

/** Costs that depend on values that are known only after the apply. */
export const costCases: Readonly<Record<string, PlanCase>> = {
  'cost-of-unknown-subnets': {
    after: configuration({
      ...vpc,
      terraform_data: { subnets: { input: ['subnet-a', 'subnet-b', 'subnet-c'] } },
      aws_vpc_endpoint: {
        logs: {
          vpc_id: '${aws_vpc.it.id}',
          service_name: 'com.amazonaws.us-east-1.logs',
          vpc_endpoint_type: 'Interface',
          subnet_ids: '${terraform_data.subnets.output}',
        },
      },
    }),
    finds: [],
    contains: ['or more', 'known after the apply: 1 `aws_vpc_endpoint`'],
  },
  'cost-of-new-subnets': {
    after: configuration({
      ...vpc,
      aws_subnet: {
        a: { vpc_id: '${aws_vpc.it.id}', cidr_block: '10.0.1.0/24' },
        b: { vpc_id: '${aws_vpc.it.id}', cidr_block: '10.0.2.0/24' },
      },
      aws_vpc_endpoint: {
        logs: {
          vpc_id: '${aws_vpc.it.id}',
          service_name: 'com.amazonaws.us-east-1.logs',
          vpc_endpoint_type: 'Interface',
          subnet_ids: ['${aws_subnet.a.id}', '${aws_subnet.b.id}'],
        },
      },
    }),
    finds: [],
  },
}
