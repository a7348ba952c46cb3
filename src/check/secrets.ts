/** Telling secrets from settings, and weak ones from strong ones, by names and values alone. */

const secretName =
  /(?:^|_)(?:(?:PG|DB)?PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|SECRET|TOKEN|CREDENTIALS?|(?:API|SECRET|PRIVATE|ACCESS|ENCRYPTION|SIGNING|AUTH|MASTER|JWT|FERNET)_?KEY)(?:_|$)/

/** Names that only speak about a secret, or that every browser gets to see. */
const harmlessName =
  /(?:_FILE|_PATH|_DIR|_NAME|_ID|_URL|_URI|_HOST|_USER|_HEADER|_PREFIX|_ALGORITHM|_ALGO|_EXPIRE\w*|_EXPIRY|_EXPIRATION\w*|_LIFETIME\w*|_TTL|_AGE|_TIMEOUT\w*|_LENGTH|_HASHERS?|_VALIDATORS?|_ROUNDS|_MINUTES|_HOURS|_DAYS|_SECONDS|_ENABLED?|_REQUIRED|_TYPE|_VERSION|_PATTERN|_RESET\w*|_RATE(?:_LIMIT)?|_LIMIT)$|PUBLIC|PUBLISHABLE|SITE_?KEY|^(?:VITE|REACT_APP|NUXT|NEXT|EXPO)_|^(?:ALLOW|MYSQL_RANDOM|MARIADB_RANDOM|MYSQL_ALLOW|MARIADB_ALLOW)_|^PWD$|^OLDPWD$/

export function isSecretName(name: string): boolean {
  const upper = name.toUpperCase().replaceAll(/[.-]/g, '_')
  return secretName.test(upper) && !harmlessName.test(upper)
}

/** Empty, a switch, a number or the path of a file: no secret, whatever the name says. */
export function isNoValue(value: string): boolean {
  return (
    /^(?:|true|false|yes|no|on|off|null|none|nil|\d{1,3})$/i.test(value.trim()) ||
    /^\.{0,2}\/[\w./-]+$/.test(value)
  )
}

/** Stands where a secret is to be put; nobody is let in with it. */
export function isPlaceholder(value: string): boolean {
  return (
    /^<.*>$|^\{\{.*\}\}$|^\[.*\]$|^x{3,}$|^\*{3,}$|^\.{3,}$/i.test(value) ||
    /^change[A-Z][A-Za-z]*$/.test(value) ||
    /(?:^|[^a-z])(?:tu|aqui|cambia(?:me|r|lo)?)(?![a-z])/i.test(value) ||
    /(?:^|[^a-z])(?:dummy|placeholder|fake|change[-_ ]?(?:me|this|it)|replace[-_ ]?(?:me|this)|your|my[-_ ]super|not[-_ ](?:used|secret|needed|a[-_ ]secret|so[-_ ]secret)|unused|build[-_ ]?(?:time|only|key)?|insecure|collectstatic|todo|example|temp(?:orary)?)(?![a-z])/i.test(
      value,
    )
  )
}

/** `{{ db_password }}`: Ansible and its like fill it in before Compose reads the file. */
function isTemplate(value: string): boolean {
  return /\{\{.*\}\}/.test(value)
}

/** Gives nothing away: it says itself that it is none. */
export function isNobodysSecret(value: string): boolean {
  return isTemplate(value) || /(?:^|[^a-z])(?:placeholder|dummy|fake|unused)(?![a-z])/i.test(value)
}

/** The password in a URL such as `postgres://user:password@db/name`. */
export function passwordInUrl(value: string): string | undefined {
  return /^[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:([^\s/@]+)@/i.exec(value)?.[1]
}

/** A variable that Compose fills in, or a shell. */
export function isVariable(value: string): boolean {
  return /\$\{?\w/.test(value)
}

/** Names one of Muelle's own secrets, whose value no file tells. */
export function isReference(value: string): boolean {
  return /\$\{\w+:\?\}/.test(value)
}

/** Words that default passwords are made of. */
const commonWords = new Set(
  'admin administrator app backend base change changeit changeme charge clave contrasena cool data database db default demo dev developer development django docker example factory flask foo bar baz get go good guest hard hello here in insecure is key kafka let letmein local localhost login mariadb master me minio mongo mongodb my mysql node pass passwd password pg postgres postgresql pw pwd prod production project qwerty rabbit rabbitmq random redis replace root sa sample secret secure secured server shop strong super superadmin superuser supersecret supersecretpassword sys system temp test tester testing tests the this to toor unsafe user username very web welcome with word your yours abc abcd asdf'.split(
    ' ',
  ),
)

/**
 * Whether a password is one that is tried first: short, or made of nothing but common words, digits at their ends, and
 * names that stand in the file beside it.
 */
export function isWeakPassword(password: string, names: readonly string[] = []): boolean {
  if (isReference(password) || isTemplate(password)) return false
  if (password.length < 8) return true
  if (/^(.)\1*$/.test(password) || /^\d+$/.test(password)) return true
  const known = new Set([...commonWords, ...names.flatMap(letters)])
  return letters(password).every((word) => isMadeOf(word, known))
}

/** Runs of letters, with the digits that people write for letters. */
function letters(text: string): string[] {
  return text
    .toLowerCase()
    .replaceAll(/[@4](?=[a-z])/g, 'a')
    .replaceAll(/(?<=[a-z])0(?=[a-z])/g, 'o')
    .split(/[^a-z]+/)
    .filter((word) => word !== '')
}

/** Whether a run of letters is known words one after the other, such as `mysecretpassword`. */
function isMadeOf(run: string, known: ReadonlySet<string>): boolean {
  const reached = [true]
  for (let end = 1; end <= run.length; end += 1) {
    reached[end] =
      known.has(run) || reached.some((isStart, start) => isStart && known.has(run.slice(start, end)))
  }
  return reached[run.length] === true
}

/** What a thief could use: neither a placeholder nor a password that is no secret anyway. */
export function isRealSecret(name: string, value: string): boolean {
  const inUrl = passwordInUrl(value)
  if (inUrl === undefined && (!isSecretName(name) || isNoValue(value))) return false
  const secret = inUrl ?? value
  return !isVariable(secret) && !isPlaceholder(secret) && !isWeakPassword(secret)
}

/** Random, as a generator makes them: letters and digits mixed, or the mark of a well-known service. */
export function isRandomSecret(value: string): boolean {
  if (
    /^(?:AKIA|ASIA)[0-9A-Z]{16}$|^gh[pousr]_\w{20,}|^github_pat_\w+|^sk_live_\w+|^xox[abprs]-|^SG\.[\w-]{16,}|-----BEGIN [A-Z ]*PRIVATE KEY/.test(
      value,
    )
  )
    return true
  if (value.length < 16 || /\s/.test(value) || isPlaceholder(value)) return false
  const kindsOf = [/[a-z]/, /[A-Z]/, /\d/, /[^\w]/].filter((kind) => kind.test(value)).length
  return kindsOf >= 2 && new Set(value).size >= 10 && /\d/.test(value)
}
