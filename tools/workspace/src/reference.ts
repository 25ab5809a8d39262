import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { table } from './table'

const workspace = resolve(__dirname, '../../..')

/** What each script of package.json and each target of a stack is for: by topic, a command and what it does. */
export const commands: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'On your machine': {
    'npm start': 'runs the platform here, with a console: a [local cloud](../../tools/local-cloud)',
    'npm start -- --drill':
      'runs a Spot drought unattended, and reports whether a service lacked tasks',
    'npm run down': 'stops the local cloud, and deletes what is deployed in it',
    'npm run e2e':
      'deploys all stacks here, breaks them and destroys them; `-- --long` for the nightly run',
    'npm run example:existing-cluster':
      'runs the commands of [the failover of an existing cluster](../../examples/existing-cluster)',
  },
  'Check a change': {
    'npm test': 'runs every check; `-- --e2e` adds the deployment to the local cloud',
    'npx nx test data -- --watch': 'runs the tests of one project on every change',
    'npm run lint': 'checks the rules of the whole repository',
    'npm run format': 'formats everything, and corrects what Biome can',
    'npm run docs': 'regenerates the generated parts of the docs, and CODEOWNERS',
    'npm run docs:run -- docs/tutorial.md':
      'runs the commands of a page, in a copy of the repository',
    'npm run init:try':
      'tries `npm run init` with three organizations, in copies of the repository',
    'npm run controls':
      'checks the stacks against [public security controls](../../tools/controls)',
    'npm run nightly': 'runs the property tests with a new seed and many more cases',
    'npm run plans':
      'regenerates the recorded plans that [plan-review](../../tools/plan-review) is tested with',
    'npm run compat': 'checks whether a switch of cdktf or of the AWS provider is possible',
    'npm run sbom -- --output sbom.json': 'writes a CycloneDX bill of materials',
    'npm run picture':
      'records a drought in the simulator, and draws [the picture of README](../../tools/local-cloud/README.md#the-picture-of-a-drought)',
    'npm run graph': 'opens the graph of the projects',
  },
  'Plan and deploy stacks': {
    'npx nx synth data -c dev': 'writes the Terraform JSON of a stack',
    'npx nx validate data -c dev': 'validates it with Terraform',
    'npx nx plan data -c dev': 'plans a stack',
    'npm run review -- -c dev':
      '[reviews](../plan-review.md) plans: risks, owners, cost, every change',
    'npx nx deploy data -c dev': 'deploys one stack',
    'npm run deploy -- -c dev': 'deploys the affected stacks in order, or reviewed plans',
    'npx nx destroy data -c local': 'destroys a stack',
  },
  'Prepare an account': {
    'npm run init':
      'makes a clone your own: repository, accounts, regions, domains, teams: [make it yours](../how-to/make-it-yours.md)',
    'npm run bootstrap -- -c dev':
      'creates the state bucket, its key and the roles of CI: [bootstrap](../../tools/bootstrap)',
    'npm run preflight -- -c dev':
      'checks quotas, roles, DNS and GitHub before a deploy: [preflight](../../tools/preflight)',
    'npm run cost': 'shows what environments cost while idle, by part: [costs](../costs.md)',
  },
  'Work on services': {
    'npm run service -- list':
      'lists the services; `new` and `remove` [add](../how-to/add-a-service.md) and remove one',
    'npm run appspec -- api --task-definition arn:aws:ecs:us-east-1:111122223333:task-definition/tideway-dev-api:7 -c dev':
      'writes the AppSpec of a CodeDeploy release',
  },
  'Operate the failover': {
    'npm run failover -- status -c dev':
      'shows what the failover does; [its other verbs](../../tools/failover) explain, hold, force and practise',
  },
  Measure: {
    'npm run bench':
      'measures failover, requests, cost, scale, synthesis, review, function and console: [evidence](../evidence.md)',
    'npm run bench -- policies':
      'compares [failover policies](../../tools/policy-bench) in droughts',
  },
}

/** The environment variables that a user may set. */
export const variables: Readonly<Record<string, string>> = {
  TIDEWAY_ENV: 'the environment, if Nx gets no `-c`',
  TIDEWAY_PROVIDER_MIRROR:
    'a folder with Terraform providers, for machines that cannot download them',
  TIDEWAY_EMULATOR_URL: "a running AWS emulator to use instead of moto's server",
  TIDEWAY_EXAMPLES:
    '`on`: `local` also has the [examples of services](../../apps/compute/README.md#examples-of-services)',
  TIDEWAY_CI_ROLE: 'in GitHub Actions: which role of each stack to assume, `plan` or `deploy`',
  TIDEWAY_DELEGATION:
    'before a certificate is created: `wait` for the NS records of the domain, or `skip` the check',
  TIDEWAY_RESOLVER: 'a DNS resolver for that check, as `address:port`; required with an emulator',
  TIDEWAY_SEED: 'the seed of the property tests',
  TIDEWAY_CASES: 'a multiplier of their cases',
  TIDEWAY_PATH: 'the one case that a failed property test prints',
  TIDEWAY_PLANS:
    'a folder of other plans for [the test of hidden secrets](../../tools/plan-review/README.md#property-tests)',
  CHROMIUM: 'the path of the browser for the tests of pages',
  NO_COLOR: '`1`: no colors',
  TF_CLI_CONFIG_FILE: 'your own Terraform CLI configuration; used if the file exists',
  'AWS_ENDPOINT_URL and the other AWS variables':
    'read by Terraform, its provider and the AWS SDK, as usual',
}

/** Variables that one command of the repository sets for another. */
export const internalVariables: readonly string[] = [
  'TIDEWAY_DEFAULT_ENV',
  'TIDEWAY_EVENTS',
  'TIDEWAY_LISTING_TASKS',
  'TIDEWAY_PLAN_QUIET',
  'TIDEWAY_PROGRESS_SECONDS',
  'TIDEWAY_REQUESTED_TASKS',
  'TIDEWAY_STOP',
  'TIDEWAY_SYNTHESIZED',
  'TIDEWAY_TURN',
]

export function commandTables(): string {
  return Object.entries(commands)
    .map(([topic, rows]) => {
      const cells = Object.entries(rows).map(([command, what]) => [`\`${command}\``, what])
      return `## ${topic}\n\n${table(['command', 'what it does'], cells)}`
    })
    .join('\n\n')
}

export function environmentVariableTable(): string {
  return table(
    ['variable', 'what it does'],
    Object.entries(variables).map(([name, what]) => [
      name.replace(/^\S+/, (variable) => `\`${variable}\``),
      what,
    ]),
  )
}

/** Each project, as its package.json describes it. */
export function projectTable(): string {
  return table(
    ['project', 'what it is'],
    ['apps', 'packages', 'tools'].flatMap((folder) =>
      readdirSync(join(workspace, folder))
        .sort()
        .flatMap((name) => {
          const manifest = join(workspace, folder, name, 'package.json')
          const { description }: { description?: string } = JSON.parse(
            readFileSync(manifest, 'utf8'),
          )
          return [[`[${folder}/${name}](../../${folder}/${name})`, description ?? '']]
        }),
    ),
  )
}
