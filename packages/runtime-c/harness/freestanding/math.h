/* The macros of ISO C99, section 7.12, that generated C may use; see string.h here. */
#ifndef KILN_FREESTANDING_MATH_H
#define KILN_FREESTANDING_MATH_H

#define INFINITY (__builtin_inff())
#define NAN (__builtin_nanf(""))

#endif
