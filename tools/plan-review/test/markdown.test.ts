import { array, assert, property, record, string } from 'fast-check'
import { mark, maxCommentLength, toMarkdown } from '../src/render/markdown'
import { plain } from '../src/render/words'
import { type Entry, planOf, reviewOf } from './plans'

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

describe('a value of a plan', () => {
  const evil = [
    '</details><script>alert(1)</script>',
    '```\n# big\n```',
    '| a | b |',
    '@acme/everyone',
    '<!-- ',
    '[x](http://evil.example)',
    '\u202Etxt.exe',
    '``',
    '`a`',
    '\u0000\u001b[2J',
    '&lt;',
  ]

  it.each(evil)('has no effect: %j', (text) => {
    const shown = toMarkdown(
      reviewOf(
        planOf([
          {
            type: 'aws_a',
            address: `aws_a.it["${text}"]`,
            before: { [text]: 'x', v: text },
            after: { v: `${text}!` },
            actions: ['delete', 'create'],
            replacePaths: [[text]],
          },
        ]),
      ),
    )
    const outside = withoutCode(shown)
    for (const part of ['<script', '</details><', '@acme', '](http', '\u202E', '\u001b', '\u0000'])
      expect(outside).not.toContain(part)
    expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cf}\p{Cc}]/u)
    expect(shown.match(/<details>/g)?.length).toBe(shown.match(/<\/details>$/gm)?.length)
  })

  it('stays in its code span with any backticks', () => {
    assert(
      property(array(record({ key: string(), value: string() }), { maxLength: 5 }), (pairs) => {
        const values = Object.fromEntries(
          pairs.map(({ key, value }) => [`k${key}\``, `${value}@acme\``]),
        )
        const text = toMarkdown(reviewOf(planOf([{ type: 'aws_a', before: {}, after: values }])))
        expect(withoutCode(text)).not.toContain('@acme')
      }),
    )
  })

  it('shows invisible characters', () => {
    expect(plain('a\nb\tc\u200Bd\u202Ee')).toBe('a⏎b c\\u200bd\\u202ee')
  })
})

/** In Markdown, a run of backticks opens code that ends at the next run of the same length. */
function withoutCode(markdown: string): string {
  return markdown.replace(/(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, '')
}
