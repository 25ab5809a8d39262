import type { JsonObject } from '../../src/json'
import type { Configuration, PlanCase } from '../plan-case'
import {
  allow,
  changed,
  changesOf,
  configuration,
  document,
  type Resources,
} from './configurations'

/** A module with a queue and a bucket. */
const store: Configuration = {
  variable: { name: { type: 'string' }, tags: { type: 'map(string)', default: {} } },
  resource: {
    aws_s3_bucket: { it: { bucket: '${var.name}', tags: '${var.tags}' } },
    aws_sqs_queue: { it: { name: '${var.name}', tags: '${var.tags}' } },
  },
}
const modules = { store }
const call = (values: JsonObject): Configuration => ({
  module: { store: { source: './store', ...values } },
})
const each = (names: string) =>
  call({ for_each: `\${toset([${names}])}`, name: '${each.key}-for-modules' })
const two = each('"a", "b"')

const moduleCases: Readonly<Record<string, PlanCase>> = {
  'module-key-removed': {
    modules,
    before: two,
    after: each('"a"'),
    finds: [
      'data-destroyed module.store["b"].aws_s3_bucket.it',
      'address-destroyed module.store["b"].aws_sqs_queue.it',
    ],
    contains: ['its module is no longer in the code'],
  },
  'module-key-added': { modules, before: two, after: each('"a", "b", "c"'), finds: [] },
  'module-key-renamed': {
    modules,
    before: two,
    after: each('"a", "c"'),
    finds: [
      'data-destroyed module.store["b"].aws_s3_bucket.it',
      'address-destroyed module.store["b"].aws_sqs_queue.it',
    ],
  },
  'module-key-moved': {
    modules,
    before: two,
    after: {
      ...call({
        for_each: '${{ a = "a", z = "b" }}',
        name: '${each.value}-for-modules',
      }),
      moved: [{ from: 'module.store["b"]', to: 'module.store["z"]' }],
    },
    finds: [],
  },
  'module-removed': {
    modules,
    before: two,
    after: {},
    finds: ['data-destroyed', 'address-destroyed'],
    contains: ['it is no longer in the code'],
  },
  'module-forgotten': {
    modules,
    before: two,
    after: { removed: [{ from: 'module.store', lifecycle: { destroy: false } }] },
    finds: ['data-forgotten'],
  },
  'module-tags': {
    modules,
    before: two,
    after: call({
      for_each: '${toset(["a", "b"])}',
      name: '${each.key}-for-modules',
      tags: { team: 'shop' },
    }),
    finds: [],
  },
}

const queue: Resources = { aws_sqs_queue: { it: { name: 'jobs', visibility_timeout_seconds: 30 } } }
const queues = (values: JsonObject): Resources => ({ aws_sqs_queue: { it: { ...values } } })
const repeatedCases = {
  ...changesOf(queues({ count: 2, name: 'jobs-${count.index}' }), {
    'queue-count-lowered': [
      queues({ count: 1, name: 'jobs-${count.index}' }),
      'address-destroyed aws_sqs_queue.it[1]',
    ],
    'queue-count-raised': [queues({ count: 3, name: 'jobs-${count.index}' })],
    'queue-count-to-keys': [
      queues({ for_each: '${toset(["0", "1"])}', name: 'jobs-${each.key}' }),
      'address-destroyed aws_sqs_queue.it[0]',
      'address-destroyed aws_sqs_queue.it[1]',
    ],
  }),
  ...changesOf(queue, {
    'queue-renamed': [
      changed(queue, 'aws_sqs_queue', { name: 'tasks' }),
      'address-destroyed aws_sqs_queue.it',
    ],
    'queue-renamed-new-first': [
      changed(queue, 'aws_sqs_queue', {
        name: 'tasks',
        lifecycle: { create_before_destroy: true },
      }),
      'address-destroyed aws_sqs_queue.it',
    ],
    'queue-timeout': [changed(queue, 'aws_sqs_queue', { visibility_timeout_seconds: 60 })],
    'queue-replaced-by-trigger': [
      {
        terraform_data: { release: { input: 'two' } },
        aws_sqs_queue: {
          it: {
            ...queue.aws_sqs_queue?.it,
            lifecycle: { replace_triggered_by: ['terraform_data.release'] },
          },
        },
      },
    ],
    'queue-policy-unknown': [
      {
        ...queue,
        aws_sns_topic: { it: { name: 'jobs' } },
        aws_sqs_queue_policy: {
          it: {
            queue_url: '${aws_sqs_queue.it.id}',
            policy: document(
              allow('sqs:SendMessage', '${aws_sqs_queue.it.arn}', {
                Principal: { Service: 'sns.amazonaws.com' },
                Condition: { ArnEquals: { 'aws:SourceArn': '${aws_sns_topic.it.arn}' } },
              }),
            ),
          },
        },
      },
    ],
  }),
}

const release = (input: string): Resources => ({
  terraform_data: { release: { input } },
  aws_sqs_queue: {
    it: { name: 'jobs', lifecycle: { replace_triggered_by: ['terraform_data.release'] } },
  },
})

/** Data sources: the policy and its statements are read during the plan. */
const rendered = (actions: readonly string[], resources: readonly string[]): Configuration =>
  configuration(
    {
      aws_iam_policy: { it: { name: 'it', policy: '${data.aws_iam_policy_document.it.json}' } },
    },
    {
      data: {
        aws_iam_policy_document: { it: { statement: [{ actions, resources }] } },
      },
    },
  )
const readsOne = rendered(['s3:GetObject'], ['arn:aws:s3:::releases/shop/*'])

/** Modules, repetition, moves, triggers, values that are unknown, data sources. */
export const repetitionCases: Readonly<Record<string, PlanCase>> = {
  ...moduleCases,
  ...repeatedCases,
  ...changesOf(release('one'), {
    'queue-triggered': [release('two'), 'address-destroyed aws_sqs_queue.it'],
  }),
  'document-wider': {
    before: readsOne,
    after: rendered(['s3:GetObject'], ['arn:aws:s3:::releases/*']),
    finds: ['iam-widened aws_iam_policy.it'],
  },
  'document-narrower': {
    before: readsOne,
    after: rendered(['s3:GetObject'], ['arn:aws:s3:::releases/shop/latest/*']),
    finds: [],
  },
}
