import { referenceAt, soleResource } from '@tideway/constructs/testing'
import { dataTier, isProtected, keyRef } from './fixture'

const json = dataTier()
const secret = soleResource(json, 'aws_secretsmanager_secret')
const version = soleResource(json, 'aws_secretsmanager_secret_version')

describe('the secret of the application user', () => {
  it('is encrypted with the key of the database', () => {
    expect(secret.kms_key_id).toBe(keyRef(json, 'database'))
  })

  it('is write-only', () => {
    expect(version.secret_id).toBe(
      referenceAt(json, 'aws_secretsmanager_secret', 'app-secret/secret'),
    )
    expect(version).not.toHaveProperty('secret_string')
    expect(version).not.toHaveProperty('secret_binary')
    expect(version.secret_string_wo_version).toBe(1)
  })

  it('keeps a label on the first version, so that no deploy creates it again after rotations', () => {
    // AWS moves its own labels from version to version, and deletes versions without one.
    const ownLabels = version.version_stages?.filter((stage: string) => !/^AWS/.test(stage))
    expect(ownLabels).toHaveLength(1)
    expect(version.version_stages).toContain('AWSCURRENT')
    expect(version.lifecycle).toEqual({ ignore_changes: ['version_stages'] })
  })

  it('contains the connection data and a generated password', () => {
    const [name, ...others] = Object.keys(json.ephemeral?.aws_secretsmanager_random_password ?? {})
    expect(others).toEqual([])
    expect(JSON.parse(version.secret_string_wo)).toEqual({
      engine: 'postgres',
      host: referenceAt(json, 'aws_rds_cluster', 'database/cluster', 'endpoint'),
      port: 5432,
      dbname: soleResource(json, 'aws_rds_cluster').database_name,
      username: 'tideway_app',
      password: `\${ephemeral.aws_secretsmanager_random_password.${name}.random_password}`,
    })
  })

  it('has a long password without punctuation', () => {
    const [password] = Object.values(json.ephemeral?.aws_secretsmanager_random_password ?? {})
    expect(password?.password_length).toBeGreaterThanOrEqual(32)
    expect(password?.exclude_punctuation).toBe(true)
  })

  it('can be restored where data is protected', () => {
    expect(isProtected(secret)).toBe(true)
    expect(secret.recovery_window_in_days).toBe(30)
  })

  it('is deleted immediately where data is not protected', () => {
    const disposable = soleResource(dataTier({ protectData: false }), 'aws_secretsmanager_secret')
    expect(isProtected(disposable)).toBe(false)
    expect(disposable.recovery_window_in_days).toBe(0)
  })
})
