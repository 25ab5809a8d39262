import { existsSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { alarmRows, pages } from './alarm-pages'
import { anchorsOf, documents, read, withoutBlocks, workspace } from './documents'

/** The links of a document that lead nowhere. */
function brokenLinks(file: string, text: string): string[] {
  const links = withoutBlocks(text)
    .replace(/`[^`\n]*`/g, '')
    .matchAll(/\]\(([^)\s]+)\)/g)
  return [...links].flatMap(([, link = '']) => {
    if (/^[a-z]+:/.test(link)) return []
    const [path = '', anchor] = link.split('#')
    const target = relative(workspace, resolve(workspace, dirname(file), path))
    if (path !== '' && !existsSync(join(workspace, target))) return [`${file}: ${link}`]
    if (anchor === undefined || (path !== '' && !path.endsWith('.md'))) return []
    return anchorsOf(path === '' ? text : read(target)).has(anchor) ? [] : [`${file}: ${link}`]
  })
}

describe('the links of the documents', () => {
  it('lead to files and headings that exist', () => {
    expect(documents.length).toBeGreaterThan(50)
    expect(documents.flatMap((file) => brokenLinks(file, read(file)))).toEqual([])
  })

  it('are found wrong if the file or the heading is missing', () => {
    const text = [
      '# A `b`: [c](README.md)',
      '[1](#a-b-c) [2](#b) [3](no.md) [4](decisions/) `[5](no)`',
      '```',
      '[6](no) # no',
      '```',
      '[7](failover.md#when-it-acts) [8](failover.md#when)',
    ].join('\n')
    expect(brokenLinks('docs/x.md', text.replace('README', 'costs'))).toEqual(
      ['#b', 'no.md', 'failover.md#when'].map((link) => `docs/x.md: ${link}`),
    )
  })
})

describe('the pages for those on call', () => {
  const index = pages.get('README') ?? ''
  const alarms = alarmRows()

  it('are all in the index', () => {
    const linked = new Set([...index.matchAll(/\]\(([\w-]+)\.md/g)].map(([, page]) => page))
    expect([...pages.keys()].filter((page) => page !== 'README' && !linked.has(page))).toEqual([])
  })

  it.each([...new Set(alarms.map(({ page }) => page))])(
    '%s names its alarms, and has the parts of each page',
    (page) => {
      const text = pages.get(page) ?? ''
      const [, named = ''] = /^Alarms?: (.*)$/m.exec(text) ?? []
      const expected = alarms
        .filter((alarm) => alarm.page === page)
        .map(({ name }) => `\`${name}\``)
      expect(named.split(', ')).toEqual(expected)
      const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)
      expect(headings.slice(0, 4)).toEqual([
        'What it means',
        'What to look at',
        'What to do',
        'How it ends',
      ])
    },
  )
})
