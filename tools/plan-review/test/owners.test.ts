import { Owners } from '../src/owners'

describe('the owners of a path', () => {
  const owners = new Owners(`# a comment
*            @acme/platform
/apps/data/  @acme/data   # with a reason
*.md         @acme/docs
/apps/*/test @acme/qa @acme/data
apps/edge/**/*.ts @acme/edge
`)

  it.each([
    ['README', ['@acme/platform']],
    ['apps/data/src/stack.ts', ['@acme/data']],
    ['apps/data/README.md', ['@acme/docs']],
    ['apps/data/test/a.test.ts', ['@acme/qa', '@acme/data']],
    ['other/apps/data/x', ['@acme/platform']],
    ['apps/edge/src/deep/a.ts', ['@acme/edge']],
  ])('%s', (path, expected) => {
    expect(owners.of(path)).toEqual(expected)
  })

  it('are empty without a file', () => {
    expect(Owners.read('/nowhere/CODEOWNERS').of('a')).toEqual([])
  })
})
