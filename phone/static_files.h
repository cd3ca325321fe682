/* The files of phone/static, made part of the program by phone/CMakeLists.txt. */
#ifndef PHONE_STATIC_FILES_H
#define PHONE_STATIC_FILES_H

#include <stddef.h>

extern const unsigned char static_style[];
extern const size_t static_style_size;
extern const unsigned char static_script[];
extern const size_t static_script_size;
extern const unsigned char static_icon[];
extern const size_t static_icon_size;

#endif
