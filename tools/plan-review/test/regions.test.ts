import { Regions } from '../src/regions'

const regions = new Regions({
  configuration: {
    provider_config: {
      'aws.west': { expressions: { region: { constant_value: 'us-west-2' } } },
    },
    root_module: {
      resources: [{ address: 'aws_sqs_queue.events', provider_config_key: 'aws.west' }],
      module_calls: {
        site: {
          module: {
            resources: [{ address: 'aws_s3_bucket.files', provider_config_key: 'aws.west' }],
          },
        },
      },
    },
  },
})

test.each([
  'aws_sqs_queue.events',
  'aws_sqs_queue.events[0]',
  'aws_sqs_queue.events["plain"]',
  'aws_sqs_queue.events["with a ] in it"]',
  'aws_sqs_queue.events["a \\"quoted\\" ] one"]',
  'module.site["x].y"].aws_s3_bucket.files["[z]"]',
])('%s is in the region of its provider', (address) => {
  expect(regions.of(address)).toBe('us-west-2')
})

test('a resource without a region in the code has none', () => {
  expect(regions.of('aws_sqs_queue.other')).toBeUndefined()
})
