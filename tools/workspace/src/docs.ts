import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, parse, relative, resolve } from 'node:path'
import {
  contracts,
  environments,
  isObject,
  type StackName,
  stackNames,
  stacks,
} from '@tideway/constructs'
import { notAdopted } from '@tideway/controls/not-adopted'
import { apiReport } from '@tideway/ecs-spot/api-report'
import { faultTable } from '@tideway/failover-lambda/harness'
import { variables } from '@tideway/failover-lambda/settings'
import { descriptionOf, drawingFile, recordingFile } from '@tideway/local-cloud/picture'
import { malformed, outcomeOf } from '@tideway/plan-review/malformed'
import { rules, severities } from '@tideway/plan-review/rules'
import {
  type RobustnessRow,
  robustnessCells,
  robustnessTitles,
} from '@tideway/policy-bench/robustness-table'

import { withGeneratedOwners } from './code-owners'
import {
  costsOf,
  idleCostTable,
  idleCostText,
  pricedEnvironments,
  settingPriceTable,
  synthesizedStacks,
} from './costs'
import { dependencyTable, licenceTable, toolTable } from './dependencies/dependencies'
import { evidenceTable, shortEvidenceTable } from './evidence'
import { failoverCostTable, meterCostTable } from './failover-costs'
import { commandTables, environmentVariableTable, projectTable } from './reference'
import { exampleModule, fieldTable } from './service-fields'
import { shown, table } from './table'

const workspace = resolve(__dirname, '../../..')

/** The text of a section. Its links depend on the document. */
type Section = (document: string) => string

/** The generated sections of the docs, by the name in their markers. */
export const sections: Readonly<Record<string, Section>> = {
  evidence: (document) => evidenceTable(document),
  'evidence in short': (document) => shortEvidenceTable(document),
  'picture of a drought': picture,
  stacks: stackTable,
  commands: commandTables,
  'environment variables': environmentVariableTable,
  projects: projectTable,
  environments: environmentTable,
  settings: settingsTable,
  'prices of settings': settingPriceTable,
  'fields of a service': fieldTable,
  'examples of services': exampleTable,
  'variables of the controller': variableTable,
  'rules of the review': ruleTable,
  'malformed input': malformedTable,
  'controls that are not adopted': notAdoptedTable,
  'robustness of the controller': robustnessTable,
  dependencies: dependencyTable,
  licences: licenceTable,
  'tools outside npm': toolTable,
  ...Object.fromEntries(
    stackNames.flatMap((name) => [
      [`inputs of ${name}`, () => inputTable(name)],
      [`outputs of ${name}`, () => contractTable(name)],
    ]),
  ),
}

export const documents = [
  'docs/architecture.md',
  'docs/reference/commands.md',
  'docs/reference/repository.md',
  'docs/reference/settings.md',
  'docs/evidence.md',
  'docs/plan-review.md',
  'docs/security/dependencies.md',
  'packages/failover-lambda/README.md',
  'tools/controls/README.md',
  'tools/policy-bench/README.md',
  ...stackNames.map((name) => `apps/${name}/README.md`),
]

/** The generated files that are no documents. */
export const modules: Readonly<Record<string, () => string>> = {
  'apps/compute/test/field-examples.ts': exampleModule,
  CODEOWNERS: codeOwners,
}

function codeOwners(): string {
  const { services } = createRequire(__filename)(
    join(workspace, 'apps/compute/src/services/index.ts'),
  ) as { services: Readonly<Record<string, { readonly owner?: string }>> }
  return withGeneratedOwners(readFileSync(join(workspace, 'CODEOWNERS'), 'utf8'), services)
}

/** Regenerates the sections between the markers in a text. */
export function regenerate(text: string, known = sections, document = ''): string {
  return text.replace(
    /(<!-- generated: (.+?) -->\n)[\s\S]*?(<!-- end of generated -->)/g,
    (_, start: string, name: string, end: string) => {
      const section = known[name]
      if (section === undefined) {
        const names = Object.keys(known).join(', ')
        throw new Error(`there is no generated section "${name}"; use one of: ${names}`)
      }
      return `${start}${section(document)}\n${end}`
    },
  )
}

/** The drawing in the colours of the reader's browser. */
function picture(document: string): string {
  const recording = JSON.parse(readFileSync(join(workspace, recordingFile), 'utf8'))
  const path = (scheme: 'dark' | 'light') => relative(dirname(document), drawingFile(scheme))
  return [
    '<picture>',
    `  <source media="(prefers-color-scheme: dark)" srcset="${path('dark')}">`,
    `  <img src="${path('light')}" width="850" alt="${descriptionOf(recording)}">`,
    '</picture>',
  ].join('\n')
}

function stackTable(): string {
  return table(
    ['stack', 'contents', 'reads', 'owner'],
    stackNames.map((name) => {
      const { description, reads, owner } = stacks[name]
      return [`\`${name}\``, description, reads.join(', ') || '-', owner]
    }),
  )
}

/** The examples, each with the comment above its entry. */
function exampleTable(): string {
  const folder = join(workspace, 'apps/compute/examples')
  return table(
    ['example', 'description'],
    readdirSync(folder)
      .sort()
      .map((file) => {
        const text = readFileSync(join(folder, file), 'utf8')
        const [, comment] = /\/\*\* (.+) \*\/\nexport const service/.exec(text) ?? []
        if (comment === undefined) {
          throw new Error(`${join(folder, file)}: must have one line of comment above its service`)
        }
        return [`[${parse(file).name}](examples/${file})`, comment]
      }),
  )
}

function environmentTable(): string {
  const names = Object.keys(environments) as (keyof typeof environments)[]
  const properties = Object.keys(environments.prod) as (keyof (typeof environments)['prod'])[]
  return table(
    ['property', ...names.map((name) => `\`${name}\``)],
    properties.map((property) => [
      `\`${property}\``,
      ...names.map((name) => shown(environments[name][property])),
    ]),
  )
}

/** The settings of every stack, which tools may read and other stacks may not. */
function settingsTable(): string {
  const names = Object.keys(environments)
  const load = createRequire(__filename)
  const rows = stackNames.flatMap((stack) => {
    const { settings } = load(join(workspace, 'apps', stack, 'src/settings.ts')) as {
      settings: Readonly<Record<string, object>>
    }
    const columns = names.map((name) => leavesOf(settings[name] ?? {}))
    const paths = new Set(columns.flatMap((column) => Object.keys(column)))
    return [...paths].map((path) => [
      stack,
      `\`${path}\``,
      ...columns.map((column) => shown(column[path])),
    ])
  })
  return table(['stack', 'setting', ...names.map((name) => `\`${name}\``)], rows)
}

/** The values of nested objects, by path. */
function leavesOf(value: object, path = ''): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
      isObject(inner)
        ? Object.entries(leavesOf(inner, `${path}${key}.`))
        : [[`${path}${key}`, inner]],
    ),
  )
}

/** The most severe first, as in a review. */
function ruleTable(): string {
  return table(
    ['rule', 'severity', 'finds', 'reason', 'next step'],
    [...severities]
      .reverse()
      .flatMap((severity) => rules.filter((rule) => rule.severity === severity))
      .map(({ id, severity, finds, why, next }) => [`\`${id}\``, severity, finds, why, next]),
  )
}

function malformedTable(): string {
  return table(
    ['input', 'outcome'],
    malformed.map((each) => [each.input, outcomeOf(each)]),
  )
}

/** As `npm run bench -- robustness --json` wrote it: the bench takes minutes. */
function robustnessTable(): string {
  const path = join(workspace, 'tools/policy-bench/robustness.json')
  const { rows }: { rows: readonly RobustnessRow[] } = JSON.parse(readFileSync(path, 'utf8'))
  return table(robustnessTitles, rows.map(robustnessCells))
}

function variableTable(): string {
  return table(
    ['variable', 'description', 'default'],
    Object.entries(variables).map(([name, { description, default: defaultValue }]) => [
      `\`${name}\``,
      description,
      defaultValue === undefined
        ? 'required'
        : defaultValue === ''
          ? 'none'
          : `\`${defaultValue}\``,
    ]),
  )
}

function inputTable(name: StackName): string {
  const reads: readonly StackName[] = stacks[name].reads
  if (reads.length === 0) return 'None. It is the first stack.'
  return reads
    .map((producer) => `- the outputs of [${producer}](../${producer}/README.md#outputs)`)
    .join('\n')
}

function notAdoptedTable(): string {
  return table(
    ['controls', 'what they require', 'why they are not adopted'],
    notAdopted.map(({ ids, title, reason }) => [ids.join(', '), title, reason]),
  )
}

function contractTable(name: StackName): string {
  return table(
    ['output', 'type', 'description'],
    Object.entries(contracts[name]).map(([output, { type, description }]) => [
      `\`${output}\``,
      type,
      description,
    ]),
  )
}

async function main(): Promise<void> {
  // These take seconds. Tests of the controller, of the synthesized JSON and of the package compare them.
  const faults = await faultTable()
  const costs = costsOf(pricedEnvironments, await synthesizedStacks(pricedEnvironments))
  const failoverCosts = await failoverCostTable()
  const meterCosts = await meterCostTable()
  const slow = {
    'costs of the failover': () => failoverCosts,
    'costs of the meters': () => meterCosts,
    'faults of each call': () => faults,
    'idle cost': () => idleCostTable(costs),
    'idle cost in short': () => idleCostText(costs),
  }
  const slowDocuments = [
    'README.md',
    'packages/ecs-spot/README.md',
    'packages/failover-lambda/faults.md',
    'docs/costs.md',
  ]
  for (const document of [...documents, ...slowDocuments]) {
    rewrite(document, (before) => regenerate(before, { ...sections, ...slow }, document))
  }
  rewrite('packages/ecs-spot/api.md', () => apiReport())
  for (const [file, module] of Object.entries(modules)) rewrite(file, module)
}

function rewrite(file: string, textOf: (before: string) => string): void {
  const path = join(workspace, file)
  const before = readFileSync(path, 'utf8')
  const after = textOf(before)
  if (after !== before) writeFileSync(path, after)
  process.stdout.write(`${file}: ${after === before ? 'up to date' : 'written'}\n`)
}

if (require.main === module) void main()
