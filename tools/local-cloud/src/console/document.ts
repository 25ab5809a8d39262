import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The charts of pages. */
export const uplot = {
  script: () => readUplot('dist/uPlot.iife.min.js'),
  style: () => readUplot('dist/uPlot.min.css'),
  license: () => readUplot('LICENSE'),
}

function readUplot(file: string): string {
  const folder = dirname(dirname(require.resolve('uplot/dist/uPlot.iife.min.js')))
  return readFileSync(join(folder, file), 'utf8')
}

/** Modules as one script: a page in one file cannot import. All top-level names of the files differ. */
export function bundled(files: readonly string[]): string {
  return files
    .map((file) =>
      readFileSync(file, 'utf8')
        .replace(/^import [^']*'[^']*'\n/gm, '')
        .replace(/^export (?=const|async|function)/gm, ''),
    )
    .join('')
}

export interface SelfContained {
  readonly title: string
  readonly styles: readonly string[]
  /** The elements of the body. */
  readonly body: string
  /** By the id of their elements. The scripts read them. */
  readonly data: Readonly<Record<string, unknown>>
  readonly scripts: readonly string[]
}

/** A page in one file, which works without a server. Its policy allows no request and no other script. */
export function selfContained({ title, styles, body, data, scripts }: SelfContained): string {
  const policy = `default-src 'none'; style-src ${styles.map(hashOf).join(' ')}; script-src ${scripts.map(hashOf).join(' ')}; img-src data:; base-uri 'none'; form-action 'none'`
  const head = [
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    ...styles.map((style) => `<style>${style}</style>`),
  ].join('\n')
  const end = [
    ...Object.entries(data).map(
      ([id, value]) =>
        // Escaped, so that no text can end the script element.
        `<script type="application/json" id="${id}">${JSON.stringify(value).replaceAll('<', '\\u003c')}</script>`,
    ),
    ...scripts.map((script) => `<script>${script}</script>`),
  ].join('\n')
  return documentOf(title, head, `<body>${body}${end}\n</body>`)
}

export function documentOf(title: string, head: string, rest: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
${head}
</head>
${rest}
</html>
`
}

function hashOf(content: string): string {
  return `'sha256-${createHash('sha256').update(content).digest('base64')}'`
}
