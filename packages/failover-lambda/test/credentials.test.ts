import { defaultProvider } from '../src/credentials'

describe('the credentials of a function', () => {
  const before = process.env
  afterEach(() => {
    process.env = before
  })

  it('are those that Lambda sets', async () => {
    process.env = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' }
    expect(await defaultProvider()()).toEqual({ accessKeyId: 'key', secretAccessKey: 'secret' })
    process.env.AWS_SESSION_TOKEN = 'token'
    expect(await defaultProvider()()).toMatchObject({ sessionToken: 'token' })
  })

  it('must be set', async () => {
    process.env = { AWS_ACCESS_KEY_ID: 'key' }
    await expect(defaultProvider()()).rejects.toThrow('must be set')
  })
})
