import { assert, property } from 'fast-check'
import { assemble } from '../src/assemble'
import type { JsonObject } from '../src/json'
import { toHtml } from '../src/render/html'
import { mark, maxCommentLength, toMarkdown } from '../src/render/markdown'
import { plain } from '../src/render/words'
import { anyHostile, hostile, reviewWith } from './hostile-review'
import { type Entry, options, originOf, planOf, reviewOf } from './plans'

interface StackPlan {
  readonly entries?: readonly Entry[]
  readonly more?: JsonObject
}

const many = (count: number, entry: (index: number) => Entry) =>
  planOf(
    Array.from({ length: count }, (_, index) => ({
      ...entry(index),
      address: `${entry(index).type}.n${index}`,
    })),
  )

describe('the comment', () => {
  it('has its mark, and one line when nothing changes', () => {
    const text = toMarkdown(reviewOf(planOf([])))
    expect(text.startsWith(mark)).toBe(true)
    expect(text).toBe(`${mark}\n\n## Plan review: no changes in \`sample in dev\`\n`)
  })

  it('has the verdict first, then what to decide, then the rest', () => {
    const text = toMarkdown(
      reviewOf(
        planOf([{ type: 'aws_rds_cluster', before: { a: 1 } }]),
        {},
        { owners: ['@acme/data'] },
      ),
    )
    const places = [
      '## Plan review',
      '### Decide first',
      'a database is destroyed',
      '| stack |',
      'Every change',
    ].map((part) => text.indexOf(part))
    expect(places).toEqual([...places].sort((one, other) => one - other))
    expect(places[0]).toBeGreaterThan(0)
    // As code: a mention would send a mail with each update of the comment.
    expect(text).toContain('`@acme/data`')
  })

  it('stays below the limit of GitHub, and names what was cut', () => {
    const text = toMarkdown(
      reviewOf(
        many(3000, () => ({
          type: 'aws_thing',
          before: { a: 'x'.repeat(80) },
          after: { a: 'y'.repeat(80) },
        })),
      ),
    )
    expect(text.length).toBeLessThanOrEqual(maxCommentLength)
    expect(text.length).toBeGreaterThan(maxCommentLength - 2000)
    const [, cut] = /Not shown: the details of (\d+) changes\./.exec(text) ?? []
    const shown = text.match(/^- `~` update/gm)?.length ?? 0
    expect(shown + Number(cut)).toBe(3000)
    expect(text).toContain('review.html')
  })

  it('groups findings by rule when there are too many, and keeps the verdict', () => {
    const text = toMarkdown(
      reviewOf(
        many(3000, (index) => ({
          type: index % 2 ? 'aws_rds_cluster' : 'aws_eip',
          before: { a: 1 },
        })),
      ),
    )
    expect(text.length).toBeLessThanOrEqual(maxCommentLength)
    expect(text).toContain('- 🟥 critical **data-destroyed**, 1500 resources of')
    expect(text).toContain(': `aws_rds_cluster.n1`, `aws_rds_cluster.n3` and 1498 more')
    expect(text).toContain('- 🟧 high **address-destroyed**, 1500 resources of')
    expect(text).toContain('3000 to destroy')
  })

  it('opens with one line for each rule and cause, in one screen', () => {
    const types = ['aws_rds_cluster', 'aws_kms_key', 'aws_vpc', 'aws_subnet', 'aws_eip', 'aws_lb']
    const destroyed = many(200, (index) => ({ type: types[index % 6] ?? '', before: { a: 1 } }))
    const opened = many(100, (index) => ({
      type: ['aws_sqs_queue', 'aws_db_instance', 'aws_lb', 'aws_ecs_service'][index % 4] ?? '',
      before: {
        deletion_protection: true,
        desired_count: 9,
        sqs_managed_sse_enabled: true,
        min_size: 5,
      },
      after: { deletion_protection: false, desired_count: index % 9, min_size: 1 },
    }))
    const text = toMarkdown(
      assemble(
        [
          { plan: destroyed, origin: originOf({ stack: 'data', owners: ['@acme/data'] }) },
          {
            plan: opened,
            origin: originOf({ stack: 'shop', owners: ['@acme/shop', '@acme/data'] }),
          },
        ],
        options,
      ),
    )
    const [, decisions = ''] = /### Decide first\n\n([\s\S]*?)\n\n/.exec(text) ?? []
    const lines = decisions.split('\n')
    expect(lines.reduce((sum, line) => sum + Math.ceil(line.length / 110), 0)).toBeLessThanOrEqual(
      30,
    )
    expect(lines.filter((line) => line.startsWith('- ')).length).toBeLessThanOrEqual(6)
    expect(lines[0]).toMatch(
      /^- 🟥 critical \*\*data-destroyed\*\*, \d+ resources of `data in dev`, approval of `@acme\/data`$/,
    )
    expect(lines[1]).toMatch(
      /^ {2}- `a database is destroyed: deleted`: `aws_rds_cluster.n0`(, `[^`]+`)? and \d+ more$/,
    )
    expect(decisions).toContain('**Next:** If only its name in the code changed')
    expect(text.indexOf('<details>')).toBeGreaterThan(text.indexOf(decisions))
    expect(text).toContain('<summary>All findings (')
  })

  it('says each finding of a small plan once', () => {
    const text = toMarkdown(reviewOf(planOf([{ type: 'aws_rds_cluster', before: { a: 1 } }])))
    expect(text.match(/data-destroyed/g)).toHaveLength(1)
    expect(text.split('\n').length).toBeLessThan(25)
  })

  it.each<[string, StackPlan[]]>([
    ['nothing was planned', []],
    ['no changes', [{}]],
    ['no changes, with warnings', [{ more: { errored: true } }]],
    ['no findings', [{ entries: [{ type: 'aws_vpc', after: {} }] }]],
    ['no findings, and 1 change of unknown types', [{ entries: [{ type: 'acme_it', after: {} }] }]],
    ['no finding above medium', [{ entries: [{ type: 'aws_lb_target_group', before: {} }] }]],
    ['needs a decision', [{}, { entries: [{ type: 'aws_rds_cluster', before: {} }] }]],
  ])('has the verdict: %s', (verdict, plans) => {
    const review = assemble(
      plans.map(({ entries = [], more }) => ({ plan: planOf(entries, more), origin: originOf() })),
      options,
    )
    expect(toMarkdown(review)).toMatch(new RegExp(`^## Plan review: ${verdict}($| in )`, 'm'))
    expect(toHtml(review)).toContain(`<h1>Plan review: ${verdict}</h1>`)
  })

  it('warns that a plan with sample values cannot be deployed', () => {
    expect(toMarkdown(reviewOf(planOf([]), {}, { usesSamples: true }))).toContain(
      'cannot be deployed',
    )
  })

  it('is deterministic', () => {
    const plan = planOf([
      { type: 'aws_a', before: { b: [1, 2], a: 1 }, after: { a: 2, b: [2, 3] } },
    ])
    expect(toMarkdown(reviewOf(plan))).toBe(toMarkdown(reviewOf(plan)))
  })
})

describe('text from outside', () => {
  const marked = (text: string) => reviewWith(`EVIL${text}EVIL`)

  // Each text is in one example.
  const examples = hostile.flatMap((_, at): [string][] =>
    at % 8 === 0 ? [[hostile.slice(at, at + 8).join('')]] : [],
  )

  it('is in code everywhere, and stays in its cell', () => {
    assert(
      property(anyHostile, (text) => {
        const review = marked(text)
        for (const length of [maxCommentLength, 5000]) {
          const markdown = toMarkdown(review, length)
          // Few calls of `expect`, which take longer than a review.
          if (problemsOf(markdown).length > 0) expect(problemsOf(markdown)).toEqual([])
          if (markdown.length > length) expect(markdown.length).toBeLessThanOrEqual(length)
        }
      }),
      { numRuns: 40, examples },
    )
  })

  it('is shown in the verdict, the decisions and the rest', () => {
    const markdown = toMarkdown(marked('x'))
    for (const part of [
      '`data: a check fails: EVILxEVIL: EVILxEVIL`',
      '`EVILxEVIL` (2), `google_EVILxEVIL` (1)',
      'approval of `EVILxEVIL`, `@EVILxEVIL`',
      '| `data in EVILxEVIL` |',
      '<summary>Every change of <code>data in EVILxEVIL</code></summary>',
      'until `9EVILxEVIL`: data-destroyed of `aws_a.it0["EVILxEVIL"]`: `EVILxEVIL`',
    ])
      expect(markdown).toContain(part)
  })

  it('shows invisible characters', () => {
    expect(plain('a\nb\tc\u200Bd\u202Ee\u00A0f\u{E0041}😀')).toBe(
      'a⏎b c\\u200bd\\u202ee\\u00a0f\\u{e0041}😀',
    )
  })

  it('is found by the check of these tests', () => {
    for (const [markdown, problem] of [
      ['@EVIL', 'outside code'],
      ['`a` EVIL `b`', 'outside code'],
      ['\\`EVIL`', 'outside code'],
      ['`EVIL\n`', 'outside code'],
      ['<code>EVIL<b></code>', 'outside code'],
      ['| a | b |\n| - | - |\n| `EVIL|` | b |', 'cells'],
      ['| a | b |\n| - | - |\n| `EVIL\\\\|` | b |', 'cells'],
      ['<details>', 'details'],
      ['`\u200B`', 'invisible'],
    ] as const)
      expect(problemsOf(markdown).join()).toContain(problem)
    expect(problemsOf('`` ` EVIL @a `` **x** <code>EVIL</code>\n| `\\|` | b |')).toEqual([])
  })
})

/** What GitHub would give an effect. */
function problemsOf(markdown: string): string[] {
  const lines = markdown.split('\n')
  const rows = lines.filter((line) => line.startsWith('|'))
  // Parsers disagree on what a pipe after two backslashes is.
  const cells = rows.flatMap((row) => [
    row.split(/(?<!\\)\|/).length,
    row.replace(/\\[\\|]/g, '').split('|').length,
  ])
  const outside = lines.map(withoutCode)
  const count = (tag: string) => outside.filter((line) => line.includes(`<${tag}>`)).length
  return [
    ...outside.filter((line) => line.includes('EVIL')).map((line) => `outside code: ${line}`),
    ...(new Set(cells).size > 1 ? [`cells: ${rows.join(' ')}`] : []),
    ...(count('details') === count('/details') ? [] : ['details']),
    ...(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{DI}]/u.test(markdown) ? ['invisible'] : []),
  ]
}

/**
 * A line without its code. A run of backticks opens code that ends at the next run of the same length; outside code, a
 * backslash escapes the next character.
 */
function withoutCode(line: string): string {
  return line
    .replace(/<code>[^<]*<\/code>/g, '')
    .replace(/\\[!-/:-@[-`{-~]|(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)/gs, '')
}
