/* The files that the page is made of, as they are in this directory; embed.py puts them into the
 * program. Each ends with a 0.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORTING_PAGE_FILES_H
#define ZM_TOOLS_REPORTING_PAGE_FILES_H

extern const unsigned char zm_page_template_html[], zm_page_report_css[], zm_page_report_js[];

#endif
