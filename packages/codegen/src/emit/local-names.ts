/**
 * Names that the templates declare within functions: parameters and variables. A table or function of such a name would be
 * hidden there, which `-Wshadow` refuses.
 */
export const LOCAL_NAMES: readonly string[] = words(`
  a across b back batches best bias bits bottom bounded byte bytes c centred channels class_index column columns context count cubic curve difference differing dividend divisor down element exp_of_powers exponent
  exponential f first found fraction greatest half hash headroom high i index indices inputs inverse_deviation j k l layer left low lower m mask mean
  multiplier memory n o off offset on observer outputs p part pixel polynomial powers probability product progress quotient r raised ratio reciprocals reduced remainder rest result
  right row rows run scale scaled scores series shift square state start step subnormal sum tap threshold top update upper value vector weights whole wide x x2
  x3 x4 y
  argument base below biased bit cube digits factor factorials inverse negative numerator odd part pattern place power
  quadrant quarter quarters rest results root s s34 samples significand size slope subnormal turned turns twice two_over_pi
  cosine fourth infinite mantissa sine up word
  above bell correction crossed denominator high_square inner least length logarithm lost low_square magnitude power_a power_b r_a r_b q
  reciprocal sigmoids split t tail
  added admit cell condition feature forget fresh gate gates goes_on hidden kept next next_cell next_hidden now past past_cell
  recurrent release shown tangent time total constant d end left_part right_part rounds sign skipped turn
  before behind border both copies copy_bytes copy_cells fill_cells fours from inside job last last_job line plane ready width negative next origin p patches position scaled second tap to words x0 x1 across numbers pair upper lower sums order channel steps tile taps copy at
  expand_positions half_of low_byte weight patches_end`);

const MATHS = words(`
  acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh drem erf erfc exp exp10 exp2 expm1 fabs fdim floor fma
  fmax fmin fmod frexp gamma hypot ilogb j0 j1 jn ldexp lgamma llrint llround log log10 log1p log2 logb lrint lround modf
  nan nearbyint nextafter nexttoward pow pow10 remainder remquo rint round scalb scalbln scalbn significand sin sincos sinh
  sqrt tan tanh tgamma trunc y0 y1 yn cabs cacos cacosh carg casin casinh catan catanh ccos ccosh cexp cimag clog conj cpow
  cproj creal csin csinh csqrt ctan ctanh`);

/**
 * Functions of the C library, whose names no file may take for its own (C99 7.1.3), those that compilers know beside them,
 * and macros that compilers define in lower case.
 */
export const LIBRARY_NAMES: readonly string[] = [
  ...MATHS.flatMap((name) => [name, `${name}f`, `${name}l`]),
  ...words(`
    abort abs alloca assert atof atoi atol atoll bcmp bcopy bsearch bzero calloc clock clog10 div exit fclose feof fflush ffs
    fgetc fopen fork fprintf fputc fputs fread free fscanf fseek ftell fwrite getc getenv imaxabs index isalnum isalpha
    isascii isblank iscntrl isdigit isgraph islower isprint ispunct isspace isupper isxdigit labs ldiv linux llabs longjmp
    malloc memchr memcmp memcpy memmove mempcpy memset perror posix_memalign printf putc putchar puts qsort rand read
    realloc remove rename rewind rindex scanf setjmp signal signbit snprintf sprintf sqrt srand sscanf stdin stdout stderr
    stpcpy stpncpy strcasecmp strcat strchr strcmp strcpy strcspn strdup strfmon strftime strlen strncasecmp strncat strncmp
    strncpy strndup strpbrk strrchr strspn strstr strtod strtok strtol system time toascii tolower toupper unix vfprintf
    vfscanf vprintf vscanf vsnprintf vsprintf vsscanf write`),
];

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
