import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { TerraformToolError } from '@tideway/terraform/errors'
import { readAcceptances } from './acceptances'
import { planAffected } from './affected'
import { assemble, type FailOn, type Review } from './assemble'
import { ReviewError } from './errors'
import { originOf } from './origin'
import { Owners } from './owners'
import { readPlan } from './plan-file'
import { toHtml } from './render/html'
import { toJson } from './render/json'
import { maxCommentLength, toMarkdown } from './render/markdown'
import { plain } from './render/words'
import { severities } from './rules'

const workspace = resolve(__dirname, '../../..')
const formats = { md: toMarkdown, html: toHtml, json: toJson } as const
/** The shortest comment that has room for a verdict. */
const minLength = 5000
/** The exit code where no stack is affected: a review of nothing is not one that passed. */
const nothingPlanned = 3
const failures = ['none', ...severities] as const

const usage = `npm run review -- [PLAN.json ...] [options]

Reviews Terraform plans: findings, owners, cost, effects on other stacks, every change.
To write a plan as JSON: terraform show -json plan.tfplan > plan.json
Without a file, plans the stacks that the changes since --base affect.

  -o, --out DIR        write review.md, review.html and review.json there
  -f, --format FORMAT  the format to print without --out: md (default), html, json
      --base REV       the revision to compare with, without a file (default: as for npm run deploy, the main branch)
  -c ENV               the environment to plan, without a file (default: dev)
      --fail-on LEVEL  exit with 1 at a finding of this level or worse: none (default), ${severities.join(', ')}
      --max-length N   the longest Markdown, in characters (default: the limit of a comment on GitHub, ${maxCommentLength})
      --accept FILE    acceptances (default: accepted-findings.json of the repository)
      --today DAY      the day that decides which acceptances apply (default: today)

Exit code: 0 passed, 1 failed by a finding or an expired acceptance, 2 a plan or an option cannot be read,
3 no stack is affected, so nothing was planned or reviewed.
`

async function review(args: readonly string[]): Promise<number> {
  const { values, positionals } = optionsOf(args)
  if (values.help) {
    process.stdout.write(usage)
    return 0
  }
  const failOn = oneOf('--fail-on', values['fail-on'] ?? 'none', failures)
  const format = oneOf(
    '--format',
    values.format ?? 'md',
    Object.keys(formats) as (keyof typeof formats)[],
  )
  const today = values.today ?? new Date().toISOString().slice(0, 10)
  if (!/^\d{4}-\d\d-\d\d$/.test(today))
    throw new ReviewError(`--today: must be a day, as 2027-01-31; got "${today}".`)
  const maxLength = Number(values['max-length'] ?? maxCommentLength)
  if (!Number.isInteger(maxLength) || maxLength < minLength)
    throw new ReviewError(
      `--max-length: must be a whole number from ${minLength}; got "${values['max-length']}".`,
    )
  const acceptances = readAcceptances(
    resolve(values.accept ?? join(workspace, 'accepted-findings.json')),
  )
  const files =
    positionals.length > 0
      ? positionals
      : await planAffected(workspace, {
          base: values.base,
          environment: values.configuration ?? 'dev',
        })
  const owners = Owners.read(workspace)
  const plans = files.map((file) => ({
    plan: readPlan(file),
    origin: originOf(resolve(file), workspace, owners),
  }))
  const result = assemble(plans, { acceptances, today, failOn: failOn as FailOn })
  if (values.out === undefined) process.stdout.write(formats[format](result, maxLength))
  else writeAll(values.out, result, maxLength)
  for (const failure of result.failures) process.stderr.write(`${plain(failure)}\n`)
  if (result.failures.length > 0) return 1
  return files.length === 0 ? nothingPlanned : 0
}

function optionsOf(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        out: { type: 'string', short: 'o' },
        format: { type: 'string', short: 'f' },
        base: { type: 'string' },
        configuration: { type: 'string', short: 'c' },
        'fail-on': { type: 'string' },
        'max-length': { type: 'string' },
        accept: { type: 'string' },
        today: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    throw new ReviewError(
      `${error instanceof Error ? error.message.split('. ')[0] : error}.\n\n${usage}`,
    )
  }
}

function oneOf<Value extends string>(
  option: string,
  value: string,
  allowed: readonly Value[],
): Value {
  const found = allowed.find((each) => each === value)
  if (found === undefined)
    throw new ReviewError(`${option}: must be ${allowed.join(', ')}; got "${value}".`)
  return found
}

function writeAll(folder: string, review: Review, maxLength: number): void {
  mkdirSync(folder, { recursive: true })
  for (const [format, render] of Object.entries(formats)) {
    const file = join(folder, `review.${format}`)
    writeFileSync(file, render(review, maxLength))
    process.stdout.write(`${file}\n`)
  }
}

/** Runs the command. Returns its exit code. */
export async function reviewCommand(args: readonly string[]): Promise<number> {
  try {
    return await review(args)
  } catch (error) {
    const { message, stack } = error as Error
    const isForUser = error instanceof ReviewError || error instanceof TerraformToolError
    process.stderr.write(`${isForUser ? message : stack}\n`)
    return 2
  }
}

if (require.main === module) {
  reviewCommand(process.argv.slice(2)).then((code) => {
    process.exitCode = code
  })
}
